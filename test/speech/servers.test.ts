import { afterEach, describe, expect, it, vi } from 'vitest';
import { readServers, voiceNameFor } from '../../src/speech/servers.ts';
import { languagesOf } from '../../src/speech/speech.ts';

afterEach(() => void vi.restoreAllMocks());

const server = {
  url: 'https://speech.example.eu/v1',
  model: 'piper',
  voices: { nl: ['lotte', 'jan'], 'nl-BE': 'flo', DE: 'anna' },
};

describe('the voice of a server', () => {
  it.each([
    ['nl-NL', undefined, 'lotte'],
    ['nl', 'jan', 'jan'],
    ['nl-be', undefined, 'flo'],
    ['nl-BE', 'jan', 'flo'],
    ['de-AT', 'alice', 'anna'],
    ['fr-FR', 'lotte', undefined],
  ])('for %s, when %s is wished, is %s', (language, wished, voice) => {
    expect(voiceNameFor(server, language, wished)).toBe(voice);
  });
});

describe('the languages of a deployment', () => {
  const languages = (servers: object[]) => languagesOf({ SPEECH_SERVERS: JSON.stringify(servers) } as unknown as Env);

  it.each([
    ['nl-NL', 'nl-NL'],
    ['nn-NO', 'nb-NO'],
    ['tr-TR', 'tr-TR'],
    ['uk-UA', undefined],
  ])('are those of its servers and of its own voice: %s', (tag, spoken) => {
    expect(languages([{ ...server, voices: { tr: 'ayla' } }])(tag)).toBe(spoken);
  });

  it('have a voice of their own for an alias, if a server does', () => {
    expect(languages([{ ...server, voices: { nn: 'liv' } }])('nn-NO')).toBe('nn-NO');
    expect(languages([{ ...server, voices: { nb: 'ola' } }])('no-NO')).toBe('nb-NO');
    expect(languages([])('no-NO')).toBe('nb-NO');
  });
});

describe('SPEECH_SERVERS', () => {
  it('is a list of servers', () => {
    expect(readServers(JSON.stringify([server, { ...server, key: 'k' }]))).toHaveLength(2);
  });

  it.each([
    ['geheim', 'is not JSON'],
    ['{"url":"geheim"}', 'must be an array'],
    ['[{}]', '0.url is required'],
    [JSON.stringify([{ ...server, url: 'geheim' }]), '0.url must be an absolute http(s) URL'],
    [JSON.stringify([{ ...server, voices: { nl: 5 } }]), '0.voices.nl must be a voice or a list of voices'],
    [JSON.stringify([{ ...server, voices: { '!': 'x' } }]), '0.voices.! must be a language tag such as nl or nl-BE'],
    [JSON.stringify([{ ...server, geheim: 'geheim' }]), '0.geheim must be never'],
  ])('%s is ignored, once and with a reason: %s', (text, reason) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect([readServers(text), readServers(text)]).toEqual([[], []]);
    expect(log.mock.calls).toEqual([[`SPEECH_SERVERS is ignored: ${reason}`]]);
  });
});
