import { describe, expect, it } from 'vitest';
import { begin, digit, digits, timeout, upon } from '../support/flow.ts';

/**
 * | attribute           | allowed                  | default              |
 * | ------------------- | ------------------------ | -------------------- |
 * | input               | dtmf                     | dtmf                 |
 * | action              | URL                      | the document's own   |
 * | timeout             | 0 to 86,400 seconds      | 5                    |
 * | numDigits           | 1 to 100                 | 100                  |
 * | finishOnKey         | 0-9, *, #, or empty      | #                    |
 * | actionOnEmptyResult | true, false              | false                |
 * | prompts             | say, play, pause         | none                 |
 */
const menu = (attributes: object = {}) => [{ verb: 'gather', action: '/menu', ...attributes }, { verb: 'hangup' }];
const say = { prompts: [{ verb: 'say', text: 'Kies' }] };
const asked = (pressed: string) => ({ do: 'ask', event: 'gather', url: '/menu', params: { digits: pressed } });

describe('gather', () => {
  describe('prompts', () => {
    it('are played as one, in order', () => {
      const { instructions } = begin(
        menu({
          prompts: [
            { verb: 'say', text: 'Een', language: 'de-DE', loop: 0 },
            { verb: 'pause', length: 2 },
            { verb: 'play', url: 'ding.wav' },
          ],
        }),
      );
      expect(instructions).toMatchObject([
        {
          do: 'play',
          prompts: [
            { say: 'Een', language: 'de-DE', times: 1000 },
            { pause: 2 },
            { play: 'https://x.example/flows/ding.wav', times: 1 },
          ],
        },
      ]);
    });

    it('speak the language of the call where they name none', () => {
      expect(begin(menu(say)).instructions).toMatchObject([{ prompts: [{ say: 'Kies', language: 'nl-NL' }] }]);
    });

    it('are stopped by the first key, which counts', () => {
      const start = begin(menu(say));
      const pressed = upon(start, digit('4'));
      expect(pressed.instructions).toEqual([{ do: 'stop', playback: start.position.playback }]);
      expect(upon(pressed, digit('2'), digit('#')).decision).toEqual(asked('42'));
    });

    it('are stopped once only', () => {
      expect(upon(begin(menu(say)), ...digits('42')).instructions).toEqual([]);
    });
  });

  describe('timeout', () => {
    it('does not run while prompts are on', () => {
      expect(begin(menu(say)).decision).toEqual({ do: 'wait' });
    });

    it('starts when the prompts end', () => {
      expect(upon(begin(menu({ ...say, timeout: 8 })), 'prompt ends').decision).toEqual({ do: 'wait', within: 8 });
    });

    it('starts at once without prompts', () => {
      expect(begin(menu()).decision).toEqual({ do: 'wait', within: 5 });
    });

    it('starts again with every key', () => {
      expect(upon(begin(menu(say)), digit('1')).decision).toEqual({ do: 'wait', within: 5 });
    });

    it('after a key asks with what was entered', () => {
      expect(upon(begin(menu()), digit('7'), timeout).decision).toEqual(asked('7'));
    });

    it('without a key asks nothing and goes on with the next verb', () => {
      const move = upon(begin(menu()), timeout);
      expect(move.began).toEqual(['hangup']);
      expect(move.decision).toEqual({ do: 'hangup' });
    });
  });

  describe('numDigits', () => {
    it('is a hundred where none is given', () => {
      const all = '0123456789'.repeat(10);
      expect(upon(begin(menu()), ...digits(all)).decision).toEqual(asked(all));
    });

    it('ends the input', () => {
      expect(upon(begin(menu({ numDigits: 4 })), ...digits('0815')).decision).toEqual(asked('0815'));
    });

    it('one short of it waits on', () => {
      expect(upon(begin(menu({ numDigits: 4 })), ...digits('081')).decision).toEqual({ do: 'wait', within: 5 });
    });
  });

  describe('finishOnKey', () => {
    it('ends the input and is not part of it', () => {
      expect(upon(begin(menu()), ...digits('12#')).decision).toEqual(asked('12'));
    });

    it('alone counts as nothing entered', () => {
      expect(upon(begin(menu()), digit('#')).decision).toEqual({ do: 'hangup' });
    });

    it('may be another key; then # is an ordinary one', () => {
      expect(upon(begin(menu({ finishOnKey: '*' })), ...digits('1#*')).decision).toEqual(asked('1#'));
    });

    it('empty turns it off', () => {
      expect(upon(begin(menu({ finishOnKey: '', numDigits: 3 })), ...digits('#*#')).decision).toEqual(asked('#*#'));
    });
  });

  describe('actionOnEmptyResult', () => {
    it('asks also when nothing was entered', () => {
      expect(upon(begin(menu({ actionOnEmptyResult: true })), timeout).decision).toEqual(asked(''));
    });
  });

  describe('action', () => {
    it("is the document's own URL where none is given", () => {
      const move = upon(begin([{ verb: 'gather', numDigits: 1 }]), digit('1'));
      expect(move.decision).toMatchObject({ do: 'ask', url: '' });
    });

    it('stops the prompts that are still on', () => {
      const start = begin(menu({ ...say, numDigits: 1 }));
      expect(upon(start, digit('1')).instructions).toEqual([{ do: 'stop', playback: start.position.playback }]);
    });
  });
});
