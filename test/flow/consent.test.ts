import { describe, expect, it } from 'vitest';
import { consentNotice } from '../../src/consents/notices.ts';
import { readInline } from '../../src/flow/document.ts';
import { promptsToPrepare } from '../../src/flow/prompts.ts';
import type { VerbEvent } from '../../src/flow/verb.ts';
import { begin, digit, documentOf, timeout, upon } from '../support/flow.ts';

/**
 * | attribute | allowed                                | default              |
 * | --------- | -------------------------------------- | -------------------- |
 * | text      | up to 4,096 characters, SSML           | our notice           |
 * | language  | a tag                                  | the flow's           |
 * | key       | 0-9                                    | 1                    |
 * | timeout   | 0 to 86,400 seconds, after the notice  | 5                    |
 * | attempts  | 1 to 5                                 | 2                    |
 * | action    | URL, asked with `consent`              | none: the next verb  |
 */
const asking = (attributes: object = {}) => begin([{ verb: 'consent', ...attributes }, { verb: 'hangup' }]);
const DUTCH = consentNotice('nl-NL', '1').text;
const granted = { do: 'consent', granted: true, key: '1', notice: DUTCH, language: 'nl-NL' };
const refused = { do: 'consent', granted: false, notice: DUTCH, language: 'nl-NL' };
const noted = (yes: boolean): VerbEvent => ({ type: 'consent.noted', granted: yes });

describe('consent', () => {
  it('is asked for by a notice in the language of the call', () => {
    const start = asking();
    expect(start.instructions).toEqual([
      { do: 'play', playback: start.position.playback, prompts: [{ say: DUTCH, language: 'nl-NL', times: 1 }] },
    ]);
    expect(start.decision).toEqual({ do: 'wait' });
  });

  it('is given by the key after the notice', () => {
    expect(upon(asking(), 'prompt ends', digit('1')).decision).toEqual(granted);
  });

  it('pressed too early is given only when the notice has been heard in full', () => {
    const pressed = upon(asking(), digit('1'));
    expect(pressed).toMatchObject({ decision: { do: 'wait' }, instructions: [] });
    expect(upon(pressed, 'prompt ends').decision).toEqual(granted);
  });

  it('pressed too early is taken back by another key', () => {
    expect(upon(asking(), digit('1'), digit('9')).decision).toEqual({ ...refused, key: '9' });
  });

  it.each(['2', '0', '*', '#'])('is refused by %s, at once', (key) => {
    expect(upon(asking(), 'prompt ends', digit(key)).decision).toEqual({ ...refused, key });
  });

  it('refused during the notice ends the notice', () => {
    const start = asking();
    const move = upon(start, digit('2'));
    expect(move.instructions).toEqual([{ do: 'stop', playback: start.position.playback }]);
    expect(move.decision).toEqual({ ...refused, key: '2' });
  });

  describe('whose notice was not heard to its end', () => {
    const unheard = { ...refused, unheard: true };
    const again = [{ do: 'play', prompts: [{ say: DUTCH }] }];

    it('is asked once more, and then as ever', () => {
      const repeated = upon(asking(), 'prompt fails');
      expect(repeated.instructions).toMatchObject(again);
      expect(upon(repeated, 'prompt ends', digit('1')).decision).toEqual(granted);
      expect(upon(repeated, digit('1'), 'prompt ends').decision).toEqual(granted);
      expect(upon(repeated, 'prompt ends', timeout).instructions).toMatchObject(again);
    });

    it('is not given when that fails, too, whatever was pressed', () => {
      expect(upon(asking(), 'prompt fails', 'prompt fails').decision).toEqual(unheard);
      expect(upon(asking(), digit('1'), 'prompt fails', digit('1'), 'prompt fails').decision).toEqual(unheard);
    });

    it('forgets a key that was pressed during it', () => {
      expect(upon(asking(), digit('1'), 'prompt fails', 'prompt ends').decision).toEqual({ do: 'wait', within: 5 });
    });

    it('is refused by another key all the same', () => {
      expect(upon(asking(), 'prompt fails', digit('2')).decision).toEqual({ ...refused, key: '2' });
    });

    it('at the second attempt is played once more, too', () => {
      const second = upon(asking(), 'prompt fails', 'prompt ends', timeout);
      expect(upon(second, 'prompt fails').instructions).toMatchObject(again);
      expect(upon(second, 'prompt fails', 'prompt fails').decision).toEqual(unheard);
    });
  });

  it('is over once the answer is noted: later keys are for the next verb', () => {
    const move = upon(asking(), 'prompt ends', digit('1'), noted(true));
    expect(move.decision).toEqual({ do: 'hangup' });
    expect(upon(move, digit('2')).decision).toEqual({ do: 'nothing' });
  });

  describe('text', () => {
    it("is said instead of our notice, and is part of the answer's evidence", () => {
      const start = asking({ text: 'Mogen wij? Toets 1.' });
      expect(start.instructions).toMatchObject([{ prompts: [{ say: 'Mogen wij? Toets 1.', language: 'nl-NL' }] }]);
      expect(upon(start, 'prompt ends', digit('1')).decision).toMatchObject({ notice: 'Mogen wij? Toets 1.' });
    });

    it('is the content of the element in XML', () => {
      expect(readInline('<Response><Consent key="3">Mogen wij?</Consent></Response>')).toMatchObject({
        verbs: [{ verb: 'consent', text: 'Mogen wij?', key: '3', attempts: 2, timeout: 5 }],
      });
    });

    it('is prepared before it is needed, as our notice is', () => {
      expect(promptsToPrepare(documentOf([{ verb: 'consent', text: 'Ja?' }, { verb: 'consent' }]), 'nl-NL')).toEqual([
        { say: 'Ja?', language: 'nl-NL', times: 1 },
        { say: DUTCH, language: 'nl-NL', times: 1 },
      ]);
    });
  });

  describe('language', () => {
    it('is that of the notice and of the evidence', () => {
      const notice = consentNotice('de-DE', '1').text;
      const start = asking({ language: 'de-DE' });
      expect(start.instructions).toMatchObject([{ prompts: [{ say: notice, language: 'de-DE' }] }]);
      expect(upon(start, 'prompt ends', digit('1')).decision).toEqual({ ...granted, notice, language: 'de-DE' });
    });

    it('is that of the last say or gather, until one names another', () => {
      const french = consentNotice('fr-FR', '1').text;
      const asked = (...before: object[]) =>
        upon(begin([...before, { verb: 'consent' }]), ...before.map(() => 'prompt ends' as const)).instructions;
      const said = (say: string, language: string) => [{ prompts: [{ say, language }] }];
      expect(asked({ verb: 'say', text: 'Bonjour', language: 'fr-FR' })).toMatchObject(said(french, 'fr-FR'));
      expect(asked({ verb: 'say', text: 'Bonjour', language: 'fr-FR' }, { verb: 'say', text: 'Hallo' })).toMatchObject(
        said(french, 'fr-FR'),
      );
      expect(
        asked({ verb: 'say', text: 'Hello', language: 'en-GB' }, { verb: 'say', text: 'Bonjour', language: 'fr-FR' }),
      ).toMatchObject(said(french, 'fr-FR'));
    });

    it('is that of a gather, or of what is said in it', () => {
      const french = consentNotice('fr-FR', '1').text;
      const asked = (gather: object) =>
        upon(begin([{ verb: 'gather', timeout: 1, ...gather }, { verb: 'consent' }]), timeout).instructions;
      const prompts = [{ verb: 'say', text: 'Pour le français', language: 'fr-FR' }];
      for (const gather of [{ language: 'fr-FR' }, { prompts }, { language: 'de-DE', prompts }])
        expect(asked(gather)).toContainEqual(
          expect.objectContaining({ prompts: [{ say: french, language: 'fr-FR', times: 1 }] }),
        );
    });

    it('of the verb wins over that of the flow', () => {
      const flow = [
        { verb: 'say', text: 'Bonjour', language: 'fr-FR' },
        { verb: 'consent', language: 'de-DE' },
      ];
      expect(upon(begin(flow), 'prompt ends').instructions).toMatchObject([{ prompts: [{ language: 'de-DE' }] }]);
    });

    it('in which we have no notice is English', () => {
      expect(upon(asking({ language: 'ja' }), 'prompt ends', digit('1')).decision).toMatchObject({
        notice: consentNotice('en-GB', '1').text,
        language: 'en-GB',
      });
    });
  });

  describe('key', () => {
    it('is named in the notice, and 1 then refuses', () => {
      const start = asking({ key: '4' });
      expect(start.instructions).toMatchObject([{ prompts: [{ say: expect.stringContaining('4') }] }]);
      expect(upon(start, 'prompt ends', digit('4')).decision).toMatchObject({ granted: true, key: '4' });
      expect(upon(start, 'prompt ends', digit('1')).decision).toMatchObject({ granted: false, key: '1' });
    });

    it.each(['*', '12', 'x', ''])('cannot be %j', (key) => {
      expect(readInline([{ verb: 'consent', key }])).toMatchObject({ code: 'flow_invalid' });
    });
  });

  describe('timeout', () => {
    it('starts when the notice ends', () => {
      expect(asking({ timeout: 8 }).decision).toEqual({ do: 'wait' });
      expect(upon(asking({ timeout: 8 }), 'prompt ends').decision).toEqual({ do: 'wait', within: 8 });
      expect(upon(asking(), 'prompt ends').decision).toEqual({ do: 'wait', within: 5 });
    });
  });

  describe('attempts', () => {
    it('are two: silence is asked again, then it refuses, with no key', () => {
      const again = upon(asking(), 'prompt ends', timeout);
      expect(again.instructions).toMatchObject([{ do: 'play', prompts: [{ say: DUTCH }] }]);
      expect(upon(again, 'prompt ends', digit('1')).decision).toEqual(granted);
      expect(upon(again, 'prompt ends', timeout).decision).toEqual(refused);
    });

    it('may be one', () => {
      expect(upon(asking({ attempts: 1 }), 'prompt ends', timeout).decision).toEqual(refused);
    });

    it.each([0, 6, 1.5])('cannot be %d', (attempts) => {
      expect(readInline([{ verb: 'consent', attempts }])).toMatchObject({ code: 'flow_invalid' });
    });
  });

  describe('action', () => {
    it.each([
      [true, 'granted'],
      [false, 'refused'],
    ])('is asked with the answer once it is noted: %s', (yes, consent) => {
      const move = upon(asking({ action: '/agreed' }), 'prompt ends', digit(yes ? '1' : '2'), noted(yes));
      expect(move.decision).toEqual({ do: 'ask', event: 'consent', url: '/agreed', params: { consent } });
    });

    it('without one the next verb runs, whatever the answer', () => {
      for (const yes of [true, false]) {
        expect(upon(asking(), 'prompt ends', digit(yes ? '1' : '2'), noted(yes))).toMatchObject({
          began: ['hangup'],
          decision: { do: 'hangup' },
        });
      }
    });

    it('of an inline document must be absolute', () => {
      expect(readInline([{ verb: 'consent', action: '/agreed' }])).toMatchObject({ code: 'flow_invalid' });
    });
  });
});

describe('a question of a customer', () => {
  const WORDS = 'Bu görüşme kaydedilecek: <sub alias="bir">1</sub>.';

  it('keeps its language where that has no voice, and then cannot be heard: no other voice reads it', () => {
    const verb = { verb: 'consent', text: WORDS, language: 'tr-TR' };
    expect(begin([verb]).instructions).toMatchObject([{ prompts: [{ say: WORDS, language: 'tr-TR' }] }]);
    expect(readInline([{ ...verb, ssml: true }])).toMatchObject({
      warnings: ['consent.language tr-TR has no voice: nobody can hear it, nor agree'],
    });
  });

  it('is SSML where it says so', () => {
    expect(begin([{ verb: 'consent', text: WORDS, ssml: true }]).instructions).toMatchObject([
      { prompts: [{ say: WORDS, ssml: true }] },
    ]);
    expect(begin([{ verb: 'consent', ssml: true }]).instructions).not.toMatchObject([{ prompts: [{ ssml: true }] }]);
  });
});
