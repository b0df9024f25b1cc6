import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/flow/document.ts';
import { begin, digit, documentOf, timeout, upon } from '../support/flow.ts';

const read = (text: string) => {
  const reading = readDocument(text, 'application/xml');
  return 'code' in reading ? reading.detail : reading.verbs;
};

describe('record', () => {
  const START = begin([{ verb: 'record', action: '/said' }]);
  const may = upon(START, { type: 'consent.settled', may: true });

  /**
   * | attribute   | allowed                     | default              |
   * | ----------- | --------------------------- | -------------------- |
   * | action      | URL, asked with `recording` | the document's own   |
   * | timeout     | seconds of silence, 0: none | 5                    |
   * | finishOnKey | any of 0-9 * #, or empty    | 1234567890*#         |
   * | maxLength   | 1 to 14,400 seconds         | 3,600                |
   * | playBeep    | true, false                 | true                 |
   * | trim        | trim-silence, do-not-trim   | trim-silence         |
   */
  it('has the defaults of TwiML', () => {
    expect(documentOf([{ verb: 'record' }])).toEqual([
      {
        verb: 'record',
        action: '',
        timeout: 5,
        finishOnKey: '1234567890*#',
        maxLength: 3600,
        playBeep: true,
        trim: 'trim-silence',
      },
    ]);
  });

  it('asks whether it may before anything else', () => {
    expect(START).toMatchObject({ decision: { do: 'ask-consent' }, instructions: [], recorders: [] });
  });

  it('opens the recorder after the beep', () => {
    expect(may).toMatchObject({ instructions: [{ do: 'play' }], recorders: [] });
    const speaking = upon(may, 'prompt ends');
    expect(speaking.decision).toEqual({ do: 'wait', within: 3600 });
    const order = { source: 'record-verb', channels: 1, silence: 5, trim: true };
    expect(speaking.recorders).toEqual([{ do: 'start', order }]);
  });

  it('neither listens for silence nor trims it where that is not wished', () => {
    const quiet = begin([{ verb: 'record', timeout: 0, playBeep: false, trim: 'do-not-trim' }]);
    expect(upon(quiet, { type: 'consent.settled', may: true }).recorders).toEqual([
      { do: 'start', order: { source: 'record-verb', channels: 1 } },
    ]);
  });

  it.each([
    ['a key', digit('5'), { recording: 'completed', digits: '5' }],
    ['silence', { type: 'recorder.silent' } as const, { recording: 'completed' }],
    ['its longest time', timeout, { recording: 'completed' }],
    ['a recorder that breaks', { type: 'recorder.failed' } as const, { recording: 'failed' }],
  ])('asks its action after %s', (_what, event, params) => {
    expect(upon(may, 'prompt ends', event).decision).toEqual({ do: 'ask', event: 'record', url: '/said', params });
  });

  it('is not ended by a key during the beep', () => {
    expect(upon(may, digit('5')).decision).toEqual({ do: 'wait' });
  });

  it.each([
    ['a maxLength of nothing', { maxLength: 0 }, 'maxLength'],
    ['a key that is none', { finishOnKey: 'A' }, 'must consist of 0-9, * and #'],
    ['a trim that is none', { trim: 'true' }, 'trim'],
    ['an unknown event', { recordingStatusCallbackEvent: 'absent' }, 'must be words of'],
  ])('refuses %s', (_what, attributes, sentence) => {
    const reading = readDocument(JSON.stringify([{ verb: 'record', ...attributes }]), 'application/json');
    expect('detail' in reading && reading.detail).toContain(sentence);
  });
});

describe('recording', () => {
  /**
   * | attribute     | allowed                    | default     |
   * | ------------- | -------------------------- | ----------- |
   * | do            | start, pause, resume, stop |             |
   * | channels      | mono, dual                 | mono        |
   * | maxLength     | 1 to 86,400 seconds        | none        |
   * | pauseBehavior | silence, skip              | silence     |
   * | trim          | trim-silence, do-not-trim  | do-not-trim |
   */
  it.each([
    ['<Start><Recording channels="dual" maxLength="60"/></Start>', { do: 'start', channels: 'dual', maxLength: 60 }],
    ['<Stop><Recording/></Stop>', { do: 'stop', channels: 'mono' }],
    ['<Recording do="pause" pauseBehavior="skip"/>', { do: 'pause', channels: 'mono', pauseBehavior: 'skip' }],
  ])('is read from %s', (xml, attributes) => {
    expect(read(`<Response>${xml}</Response>`)).toEqual([
      { verb: 'recording', pauseBehavior: 'silence', trim: 'do-not-trim', ...attributes },
    ]);
  });

  it.each(['<Start/>', '<Stop><Stream/></Stop>', '<Start><Recording/><Recording/></Start>'])('is not %s', (xml) => {
    expect(read(`<Response>${xml}</Response>`)).toContain('needs <Recording> in it, and nothing else');
  });

  it.each([
    [{ do: 'pause' }, 'silent'],
    [{ do: 'pause', pauseBehavior: 'skip' }, 'paused'],
    [{ do: 'resume' }, 'on'],
    [{ do: 'stop' }, 'off'],
  ])('%o turns the recorder %s, and the next verb runs', (attributes, is) => {
    const move = begin([{ verb: 'recording', ...attributes }, { verb: 'hangup' }]);
    expect(move).toMatchObject({ recorders: [{ do: 'change', is }], decision: { do: 'hangup' } });
  });

  it('starts only for who may be recorded, and tells whom the document names', () => {
    const move = begin([{ verb: 'recording', do: 'start', recordingStatusCallback: '/told' }, { verb: 'hangup' }]);
    expect(move.decision).toEqual({ do: 'ask-consent' });
    expect(upon(move, { type: 'consent.settled', may: false }).recorders).toEqual([]);
    const order = { source: 'start-verb', channels: 1, statusCallback: 'https://x.example/told' };
    expect(upon(move, { type: 'consent.settled', may: true }).recorders).toEqual([{ do: 'start', order }]);
  });

  it('trims what it records where that is wished', () => {
    const move = begin([{ verb: 'recording', do: 'start', trim: 'trim-silence' }, { verb: 'hangup' }]);
    expect(upon(move, { type: 'consent.settled', may: true }).recorders).toMatchObject([{ order: { trim: true } }]);
  });
});
