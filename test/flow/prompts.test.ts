import { expect, it } from 'vitest';
import { promptsToPrepare } from '../../src/flow/prompts.ts';
import { documentOf } from '../support/flow.ts';

const texts = (verbs: unknown[]) =>
  promptsToPrepare(documentOf(verbs), 'nl-NL').map((prompt) => 'say' in prompt && prompt.say);

it('finds what a document says, nested or not, in order', () => {
  const verbs = [
    { verb: 'say', text: 'een' },
    { verb: 'play', url: 'https://x.example/a.wav' },
    { verb: 'gather', prompts: [{ verb: 'say', text: 'twee' }, { verb: 'pause' }, { verb: 'say', text: 'drie' }] },
    { verb: 'say', text: 'vier' },
  ];
  expect(texts(verbs)).toEqual(['een', 'twee', 'drie', 'vier']);
});

it('takes the same words once, and in each language', () => {
  const say = { verb: 'say', text: 'ja' };
  expect(promptsToPrepare(documentOf([say, say, { ...say, language: 'de-DE', voice: 'anna' }]), 'nl-NL')).toEqual([
    { say: 'ja', language: 'nl-NL', times: 1 },
    { say: 'ja', language: 'de-DE', voice: 'anna', times: 1 },
  ]);
});

it('stops at twenty', () => {
  const verbs = Array.from({ length: 30 }, (_, n) => ({ verb: 'say', text: `zin ${n}` }));
  expect(texts(verbs)).toHaveLength(20);
});
