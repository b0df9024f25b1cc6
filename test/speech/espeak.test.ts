import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTelephone } from '../../src/speech/audio/telephone.ts';
import { nativeVersion, speakNatively, startSpeech } from './support/espeak.ts';
import { minimp3 } from './support/minimp3.ts';
import { energy } from './support/wav.ts';

let speech: Awaited<ReturnType<typeof startSpeech>>;

beforeAll(async () => {
  speech = await startSpeech();
}, 60_000);
afterAll(() => speech?.stop());

async function samplesOf(wav: Uint8Array): Promise<Int16Array> {
  const audio = await toTelephone(wav, { rate: 8000, minimp3 }, async () => {});
  if (!audio.ok) throw new Error(audio.refusal);
  return audio.samples;
}

async function say(input: string, voice: string, more: object = {}): Promise<Int16Array> {
  const answer = await speech.post({ model: 'espeak-ng', input, voice, response_format: 'wav', ...more });
  expect(answer.status, new TextDecoder().decode(answer.bytes.subarray(0, 300))).toBe(200);
  return samplesOf(answer.bytes);
}

/** Without the silence at either end, of which the native program leaves more. */
function spoken(samples: Int16Array): Int16Array {
  const loud = (sample: number) => Math.abs(sample) > 300;
  return samples.slice(samples.findIndex(loud), samples.findLastIndex(loud) + 1);
}

/** The share of a voice in its high tones, where aliases come to lie. */
function brightness(samples: Int16Array): number {
  return energy(samples.map((sample, i) => (sample - (samples[i - 1] ?? 0)) / 2)) / energy(samples);
}

const seconds = (samples: Int16Array) => spoken(samples).length / 8000;

const SENTENCES: Record<string, string> = {
  bg: 'Добро утро, натиснете едно.',
  cs: 'Dobré ráno, stiskněte jedničku.',
  da: 'Godmorgen, tryk på et.',
  de: 'Guten Morgen, drücken Sie die Eins.',
  el: 'Καλημέρα, πατήστε το ένα.',
  en: 'Good morning, please press one.',
  es: 'Buenos días, pulse uno.',
  et: 'Tere hommikust, vajutage üks.',
  fi: 'Hyvää huomenta, painakaa yksi.',
  fr: 'Bonjour, appuyez sur un.',
  ga: 'Dia dhuit ar maidin, brúigh a haon.',
  hr: 'Dobro jutro, pritisnite jedan.',
  hu: 'Jó reggelt, nyomja meg az egyest.',
  it: 'Buongiorno, premete uno.',
  lt: 'Labas rytas, spauskite vieną.',
  lv: 'Labrīt, nospiediet vienu.',
  mt: 'L-għodwa t-tajba, agħfas wieħed.',
  nl: 'Goedemorgen, toets een.',
  pl: 'Dzień dobry, naciśnij jeden.',
  pt: 'Bom dia, prima um.',
  ro: 'Bună dimineața, apăsați unu.',
  sk: 'Dobré ráno, stlačte jednotku.',
  sl: 'Dobro jutro, pritisnite ena.',
  sv: 'God morgon, tryck ett.',
  nb: 'God morgen, trykk en.',
  lb: 'Gudde Moien, dréckt eng.',
};

describe('the languages of the embedded voice', () => {
  it.each(Object.entries(SENTENCES))('%s is heard', async (language, sentence) => {
    const samples = await say(sentence, language);
    expect(seconds(samples)).toBeGreaterThan(0.8);
    expect(seconds(samples)).toBeLessThan(4);
    expect(energy(spoken(samples))).toBeGreaterThan(800);
  });

  it('are not mixed up, also when sixteen are requested at once', async () => {
    const wanted = Object.entries(SENTENCES).slice(0, 16);
    const alone: number[] = [];
    for (const [language, sentence] of wanted) alone.push(seconds(await say(sentence, language)));
    const together = await Promise.all(wanted.map(([language, sentence]) => say(sentence, language)));
    together.forEach((samples, i) => {
      expect(seconds(samples) / (alone[i] as number)).toBeCloseTo(1, 1);
    });
  });

  it('take a region with a voice of its own, and the language for other regions', async () => {
    const [belgian, french] = [await say('97', 'fr-BE'), await say('97', 'fr-FR')];
    expect(Math.abs(seconds(belgian) - seconds(french))).toBeGreaterThan(0.1);
    expect(seconds(await say('97', 'nl-BE'))).toBeCloseTo(seconds(await say('97', 'nl_NL')), 1);
    expect(seconds(await say('God morgen', 'no'))).toBeGreaterThan(0.4);
  });
});

describe.skipIf(!nativeVersion)(
  `beside native eSpeak NG (${nativeVersion ?? 'SKIPPED: espeak-ng is not installed'})`,
  () => {
    it.each([
      ['nl-NL', 'nl', 'Goedemorgen. U spreekt met de apotheek; toets 1 voor een herhaalrecept van 25 euro.'],
      ['nl-BE', 'nl', 'Goeiemorgen. Alle medewerkers zijn in gesprek, u bent nummer 7 in de wachtrij.'],
      ['fr-BE', 'fr-be', 'Bonjour. Vous êtes le numéro 97 dans la file, appuyez sur 1 pour être rappelé.'],
      ['fr-FR', 'fr-fr', 'Bonjour. Vous êtes le numéro 97 dans la file, appuyez sur 1 pour être rappelé.'],
      ['de-DE', 'de', 'Guten Tag. Ihr Anruf ist uns wichtig, bitte drücken Sie die 2 für den Verkauf.'],
      ['en-GB', 'en-gb', 'Good afternoon. Your call is number 23 in the queue, please stay on the line.'],
    ])('%s is as long and as loud', async (language, voice, text) => {
      const ours = spoken(await say(text, language));
      const theirs = spoken(await samplesOf(speakNatively(text, voice)));
      expect(ours.length / theirs.length).toBeGreaterThan(0.95);
      expect(ours.length / theirs.length).toBeLessThan(1.05);
      expect(energy(ours) / energy(theirs)).toBeGreaterThan(0.9);
      expect(energy(ours) / energy(theirs)).toBeLessThan(1.1);
    });
  },
);

describe('a text for the embedded voice', () => {
  // The shortest that each takes when all that can be said of it is said: "een twee" alone takes half a second.
  it.each([
    ['markup', 1.5, 'een <break time="9s"/> twee'],
    ['an entity', 1.5, 'een &lt;break time="9s"/> twee'],
    ['the file of another', 1.5, 'een <audio src="/etc/passwd"/> twee'],
    ['phonemes', 1.4, 'een [[ti:nti:nti:n]] twee'],
    ['phonemes behind a bracket', 1.4, 'een [[[ti:nti:nti:n]] twee'],
    ['commands', 0.7, 'een \u00011S twee'],
    ['private characters', 0.7, 'een \ue03cbreak\ue03e twee'],
    ['half a character', 0.5, 'een \ud800 twee'],
  ])('is spoken, not obeyed: %s', async (_, shortest, text) => {
    const length = seconds(await say(text, 'nl'));
    expect(length).toBeGreaterThan(shortest);
    expect(length).toBeLessThan(8);
  });

  it('leaves the next request whole although it closes what the engine takes for its document', async () => {
    const before = seconds(await say('Goedemorgen', 'nl'));
    await speech.post({ input: '</speak></speak><voice name="x">&#0;', voice: 'nl' });
    expect(seconds(await say('Goedemorgen', 'nl'))).toBeCloseTo(before, 1);
  });

  it('may be 3,000 characters long', async () => {
    const words = 'woord '.repeat(500);
    expect(seconds(await say(words, 'nl'))).toBeGreaterThan(100);
    const long = await speech.post({ input: `${words}x`, voice: 'nl' });
    expect([long.status, long.json().error.code]).toEqual([400, 'string_above_max_length']);
  });
});

describe('the sound of the embedded voice', () => {
  it('follows speed and pitch', async () => {
    const text = 'Een twee drie vier vijf zes zeven.';
    const normal = seconds(await say(text, 'nl'));
    expect(seconds(await say(text, 'nl', { speed: 0.5 }))).toBeGreaterThan(1.6 * normal);
    expect(seconds(await say(text, 'nl', { speed: 2 }))).toBeLessThan(0.7 * normal);
    expect(seconds(await say(text, 'nl', { pitch: 2 }))).toBeCloseTo(normal, 0);
  });

  it('has no aliases: 8 kHz sounds as 16 kHz does after another filter', async () => {
    const text = 'Zes zussen zetten zestig sissende slangen in de sloot.';
    const [narrow, wide] = [await say(text, 'nl'), await say(text, 'nl', { sample_rate: 16_000 })];
    expect(brightness(narrow) / brightness(wide)).toBeGreaterThan(0.97);
    expect(brightness(narrow) / brightness(wide)).toBeLessThan(1.03);
  });

  it('is a file of 8 kHz with the plain header, or one of 16 kHz', async () => {
    const header = async (more: object) => {
      const { bytes, type } = await speech.post({ input: 'Hallo', voice: 'nl', ...more });
      expect(type).toBe('audio/wav');
      const view = new DataView(bytes.buffer);
      expect([view.getUint32(4, true), view.getUint32(40, true)]).toEqual([bytes.length - 8, bytes.length - 44]);
      return [view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)];
    };
    expect(await header({})).toEqual([1, 8000, 16]);
    expect(await header({ sample_rate: 16_000 })).toEqual([1, 16_000, 16]);
  });
});

describe('refusals', () => {
  it.each([
    ['voice', 'unknown_language', { input: 'x', voice: 'alloy' }],
    ['voice', 'unknown_language', { input: 'x' }],
    ['language', 'unknown_language', { input: 'x', voice: 'nl', language: 'zh-CN' }],
    ['voice', 'unknown_language', { input: 'x', voice: '../nl' }],
    ['input', 'missing_input', { input: ' ', voice: 'nl' }],
    ['response_format', 'unsupported_format', { input: 'x', voice: 'nl', response_format: 'mp3' }],
    ['speed', 'invalid_speed', { input: 'x', voice: 'nl', speed: 0 }],
    ['pitch', 'invalid_pitch', { input: 'x', voice: 'nl', pitch: '1' }],
    ['sample_rate', 'unsupported_sample_rate', { input: 'x', voice: 'nl', sample_rate: 44_100 }],
    [null, 'invalid_json', '{'],
    [null, 'invalid_json', 'null'],
  ])('names %s as %s', async (param, code, body) => {
    const answer = await speech.post(body);
    expect(answer.status).toBe(400);
    expect(answer.json().error).toMatchObject({
      type: 'invalid_request_error',
      param,
      code,
      message: expect.any(String),
    });
  });

  it('knows one address, one method and one size', async () => {
    expect((await speech.post('{}', new URL('/core.bin', speech.url))).status).toBe(404);
    expect((await fetch(new URL('/core.bin', speech.url))).status).toBe(404);
    expect((await fetch(speech.url)).status).toBe(405);
    expect((await speech.post('x'.repeat(70_000))).status).toBe(413);
  });

  it('takes the language field for clients with a voice of OpenAI', async () => {
    expect(seconds(await say('Goedemorgen', 'alloy', { language: 'nl-BE' }))).toBeGreaterThan(0.4);
  });
});
