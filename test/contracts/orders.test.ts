import { describe, expect, it } from 'vitest';
import { readDocument, readInline } from '../../src/flow/document.ts';
import { begin, upon } from '../support/flow.ts';

const A = '+31201234567';
const B = '+31201234568';

const xml = (text: string) => {
  const reading = readDocument(`<Response>${text}</Response>`, 'application/xml');
  return 'code' in reading ? reading.detail : reading.verbs;
};
const order = (attributes: object, around = {}) => {
  const { decision } = begin([{ verb: 'dial', ...attributes }], around);
  return decision.do === 'begin' ? decision.order : decision;
};
const complaint = (verb: object) => {
  const reading = readInline([verb]);
  return 'code' in reading ? reading.detail : 'none';
};

describe('dial', () => {
  // attribute: allowed → default, as in https://www.twilio.com/docs/voice/twiml/dial
  it('has the defaults of the reference', () => {
    expect(order({ number: A })).toEqual({
      targets: [{ noun: 'number', to: A, statusEvents: ['completed'] }],
      sequential: false,
      timeout: 30,
      timeLimit: 14_400,
      answerOnBridge: false,
      hangupOnStar: false,
    });
  });

  it('reads a number, several, and SIP addresses from XML', () => {
    expect(xml(`<Dial timeout="10" hangupOnStar="true"> ${A} </Dial>`)).toMatchObject([
      { verb: 'dial', number: A, timeout: 10, hangupOnStar: true },
    ]);
    const several = `<Dial><Number sendDigits="1w2" statusCallbackEvent="ringing answered">${A}</Number>
      <Sip url="/whisper">sip:reception@pbx.example.com:5061</Sip></Dial>`;
    expect(xml(several)).toMatchObject([
      {
        targets: [
          { noun: 'number', to: A, sendDigits: '1w2', statusCallbackEvent: 'ringing answered' },
          { noun: 'sip', to: 'sip:reception@pbx.example.com:5061', url: '/whisper' },
        ],
      },
    ]);
  });

  it('resolves the URLs of its targets against its document', () => {
    const target = { noun: 'number', to: B, url: '../whisper', statusCallback: '/status' };
    expect(order({ targets: [target] })).toMatchObject({
      targets: [{ url: 'https://x.example/whisper', statusCallback: 'https://x.example/status' }],
    });
  });

  it('with nobody to dial goes on', () => {
    expect(begin([{ verb: 'dial' }]).decision).toEqual({ do: 'end' });
  });

  it('leaves an inbound call unanswered where it says so', () => {
    expect(begin([{ verb: 'dial', number: A, answerOnBridge: true }], { answered: false }).decision).toMatchObject({
      do: 'begin',
      activity: 'dial',
    });
    expect(begin([{ verb: 'dial', number: A }], { answered: false }).decision).toEqual({ do: 'answer' });
  });

  it.each([
    ['a number that cannot be', { number: '0201234567' }, 'number: must be a valid phone number'],
    ['an eleventh target', { targets: Array(11).fill({ noun: 'number', to: A }) }, 'targets'],
    [
      'a SIP address with more in it',
      { targets: [{ noun: 'sip', to: 'sip:a@b;maddr=10.0.0.1' }] },
      'must be a SIP URI',
    ],
    ['a SIP address with a line break', { targets: [{ noun: 'sip', to: 'sip:a@b\r\nX: y' }] }, 'must be a SIP URI'],
    ['an unknown noun', { targets: [{ noun: 'client', to: 'anna' }] }, 'noun'],
    ['keys that are none', { targets: [{ noun: 'number', to: A, sendDigits: 'x' }] }, 'must consist of'],
    ['unknown events', { targets: [{ noun: 'number', to: A, statusCallbackEvent: 'x' }] }, 'must be words of'],
    ['a recording of another kind', { number: A, record: 'record-everything' }, 'record'],
    ['a timeout of nothing', { number: A, timeout: 0 }, 'timeout'],
  ])('refuses %s', (_what, attributes, sentence) => {
    expect(complaint({ verb: 'dial', ...attributes })).toContain(sentence);
  });

  it('demands absolute URLs in an inline flow', () => {
    const inline = { verb: 'dial', targets: [{ noun: 'number', to: A, url: '/whisper' }] };
    expect(complaint(inline)).toContain('absolute');
    expect(complaint({ verb: 'dial', number: A, action: '' })).toContain('absolute');
    expect(complaint({ verb: 'dial', number: A })).toBe('none');
  });

  it('says what must not be inside', () => {
    expect(xml('<Dial><Client>anna</Client></Dial>')).toBe('<Client> is not allowed in <Dial>.');
  });
});

describe('conference', () => {
  it('has the defaults of the reference', () => {
    expect(begin([{ verb: 'conference', name: 'standup' }]).decision).toEqual({
      do: 'begin',
      activity: 'conference',
      order: {
        name: 'standup',
        muted: false,
        beep: 'both',
        startOnEnter: true,
        endOnExit: false,
        timeLimit: 14_400,
      },
    });
  });

  it.each([
    [true, 'both'],
    ['false', 'none'],
    ['onEnter', 'enter'],
    ['onExit', 'leave'],
  ])('beep %s means %s', (beep, meant) => {
    expect(begin([{ verb: 'conference', name: 'x', beep }]).decision).toMatchObject({ order: { beep: meant } });
  });

  it('stands in Dial in XML, and takes what Dial says of its end', () => {
    const text = `<Dial action="/after" timeLimit="60" callerId="${A}"><Conference muted="true" beep="onExit"
      participantLabel="anna" waitUrl="" statusCallback="/events" statusCallbackEvent="start end">Stand-up</Conference></Dial>`;
    const verb = {
      verb: 'conference',
      name: 'Stand-up',
      action: '/after',
      timeLimit: 60,
      muted: true,
      beep: 'onExit',
      participantLabel: 'anna',
      waitUrl: '',
      statusCallbackEvent: 'start end',
    };
    expect(xml(text)).toMatchObject([verb]);
    expect(begin([verb]).decision).toMatchObject({
      order: { waitUrl: '', waitMethod: 'POST', statusEvents: ['start', 'end'] },
    });
  });

  it.each([
    ['dial', { number: A }],
    ['conference', { name: 'x' }],
  ])('%s trims what it records only where that is wished', (verb, attributes) => {
    const orderOf = (more: object) => {
      const move = begin([{ verb, ...attributes, record: true, ...more }]);
      const { decision } =
        move.decision.do === 'ask-consent' ? upon(move, { type: 'consent.settled', may: true }) : move;
      return 'order' in decision ? decision.order.record : undefined;
    };
    expect(orderOf({ trim: 'trim-silence' })).toMatchObject({ channels: 1, trim: true });
    for (const more of [{}, { trim: 'do-not-trim' }]) expect(orderOf(more)).not.toHaveProperty('trim');
  });

  it('must be alone in Dial, and named', () => {
    expect(xml(`<Dial><Conference>x</Conference><Number>${A}</Number></Dial>`)).toBe(
      '<Conference> must be alone in <Dial>.',
    );
    expect(xml('<Dial><Conference></Conference></Dial>')).toContain('name');
  });

  it.each([
    ['a trim that is none', { trim: true }],
    ['a conference for one', { maxParticipants: 1 }],
    ['a label of 129 characters', { participantLabel: 'x'.repeat(129) }],
    ['an unknown event', { statusCallbackEvent: 'begin' }],
    ['a recording of another kind', { record: 'record-everything' }],
  ])('refuses %s', (_what, attributes) => {
    expect(complaint({ verb: 'conference', name: 'x', ...attributes })).not.toBe('none');
  });
});
