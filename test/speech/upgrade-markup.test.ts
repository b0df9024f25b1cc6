import { describe, expect, it } from 'vitest';
import { callUpgrades } from '../../src/calls/object/upgrades.ts';
import { legUpgrades } from '../../src/carriers/asterisk/upgrades.ts';
import { endpointUpgrades } from '../../src/carriers/simulated/upgrades.ts';
import { conferenceUpgrades } from '../../src/conferences/object/upgrades.ts';
import { type Row, type Upgrades, upgraded } from '../../src/lib/upgrades.ts';
import { splitSpeech } from '../../src/speech/ssml.ts';
import { withNoticeInWords, withSsmlMarked } from '../../src/speech/upgrade-markup.ts';

const SSML = 'Een <break time="1s"/> twee &amp; drie';
const TEXT = 'Reken op 3 < 5, of mail AT&T.';
const prompts = (say: string, ssml?: true) => [
  { say, language: 'nl-NL', times: 1, ...(ssml && { ssml }) },
  { play: 'x', times: 1 },
];

describe('what a release to 64f997c took for SSML', () => {
  it('stays SSML in the prompts that wait', () => {
    const row = (ssml?: true) => ({
      pending: [{ do: 'play', playback: 'p', prompts: [...prompts(SSML, ssml), ...prompts(TEXT)] }],
      dial: { prepare: prompts(SSML, ssml) },
    });
    expect(withSsmlMarked(row())).toEqual(row(true));
  });

  it('stays SSML in the documents that wait, and in the question that is asked', () => {
    const row = (ssml?: true) => {
      const mark = ssml && { ssml };
      const say = { verb: 'say', text: SSML, loop: 1, ...mark };
      const document = [say, { verb: 'gather', prompts: [say, { verb: 'say', text: TEXT }] }, { verb: 'pause' }];
      const said = { text: SSML, language: 'nl-NL', ...mark };
      return { inline: document, flow: { position: { document, progress: { attempt: 1, notice: 'on', said } } } };
    };
    expect(withSsmlMarked(row())).toEqual(row(true));
  });

  it('stays SSML in what was heard, so that a recording sounds as it did', () => {
    const row = (ssml?: true) => ({ sounds: [{ what: 'say', text: SSML, language: 'nl', ...(ssml && { ssml }) }] });
    expect(withSsmlMarked(row())).toEqual(row(true));
  });

  it('is a text today in a notice, whose words stay', () => {
    expect(withNoticeInWords({ notice: 'Wij nemen op: <break/>toets <emphasis>1</emphasis>.' })).toEqual({
      notice: 'Wij nemen op: toets 1.',
    });
    expect(withNoticeInWords({ notice: TEXT })).toEqual({ notice: TEXT });
    expect(withNoticeInWords({})).toEqual({});
  });

  it('leaves alone what is none of these', () => {
    const row = { metadata: { say: SSML }, deliveries: [{ body: SSML }], answers: [{ notice: SSML, language: 'nl' }] };
    expect(withSsmlMarked(row)).toEqual(row);
  });

  it('is spoken as it was', () => {
    const [marked] = withSsmlMarked<{ say: string; times: number; ssml?: true }[]>([{ say: SSML, times: 1 }]);
    expect(splitSpeech(marked?.say ?? '', 'nl-NL', marked?.ssml)).toMatchObject([
      { text: 'Een' },
      { type: 'pause', ms: 1000 },
      { text: 'twee & drie' },
    ]);
  });
});

it.each<[string, Upgrades, Row]>([
  ['a call', callUpgrades, { schema: 3, call: { inline: [{ verb: 'say', text: SSML }] } }],
  ['a conference', conferenceUpgrades, { schema: 3, conference: { sound: { prompts: prompts(SSML) } } }],
  ['a leg of a gateway', legUpgrades, { schema: 2, pending: [{ do: 'play', prompts: prompts(SSML) }] }],
  ['a simulated leg', endpointUpgrades, { schema: 2, leg: { sounds: [{ what: 'say', text: SSML }] } }],
])('the rows of %s keep their SSML', (_what, upgrades, row) => {
  expect(JSON.stringify(upgraded(row, upgrades))).toContain('"ssml":true');
});
