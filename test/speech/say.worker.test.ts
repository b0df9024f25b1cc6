import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { writeWav } from '../../src/lib/wav.ts';
import { prepareMedia } from '../../src/speech/media.ts';
import { aVoice, freshHost, freshText, internet, speaking, toneWav } from './support/voices.ts';

afterEach(() => void vi.restoreAllMocks());

const sayNl = (say: string, more: object = {}) => ({ say, language: 'nl-NL', times: 1, ...more });
const SSML = { ssml: true };
const wav = (seconds: number) => new Response(toneWav(seconds));
const anyRefusal = { ok: false, refusal: 'speech_unavailable' };

async function prepared(prompt: Parameters<typeof prepareMedia>[0], around: Env, rate: 8000 | 16_000 = 8000) {
  const result = await prepareMedia(prompt, around, rate);
  if (!result.ok) throw new Error(result.refusal);
  return result.value;
}

async function headerOf(key: string) {
  const file = new DataView((await (await env.MEDIA.get(key))?.arrayBuffer()) as ArrayBuffer);
  return { rate: file.getUint32(24, true), bits: file.getUint16(34, true), bytes: file.byteLength };
}

describe('a Say', () => {
  it('becomes one telephone WAV, and is not spoken again', async () => {
    const voice = aVoice();
    const prompt = sayNl(freshText());
    const media = await prepared(prompt, speaking(voice.fetcher));
    expect(media).toEqual({ key: expect.stringMatching(/^[0-9a-f]{64}$/), seconds: expect.closeTo(3.8) });
    expect(await headerOf(media.key)).toEqual({ rate: 8000, bits: 16, bytes: 44 + 3.8 * 16_000 });
    expect(voice.asked.map(({ body }) => body)).toEqual([
      { input: prompt.say, voice: 'nl-NL', speed: 1, pitch: 1, sample_rate: 8000, response_format: 'wav' },
    ]);
    expect(await prepared({ ...prompt, times: 7 }, speaking(voice.fetcher))).toEqual(media);
    expect(voice.asked).toHaveLength(1);
  });

  it('is another file in another language, at another rate, and of another text', async () => {
    const around = speaking(aVoice().fetcher);
    const say = freshText();
    const files = await Promise.all([
      prepared(sayNl(say), around),
      prepared(sayNl(say, { language: 'de-DE' }), around),
      prepared(sayNl(say), around, 16_000),
      prepared(sayNl(`${say}!`), around),
    ]);
    expect(new Set(files.map(({ key }) => key)).size).toBe(4);
    expect((await headerOf(files[2]?.key ?? '')).rate).toBe(16_000);
  });

  it('with markup is spoken piece by piece, with its pauses and volumes, and never as tags', async () => {
    const voice = aVoice();
    const id = freshText('').trim();
    const say = `Een<break time="2s"/>${id} <lang xml:lang="fr-BE"><prosody volume="silent">deux</prosody></lang>`;
    const media = await prepared(sayNl(say, SSML), speaking(voice.fetcher));
    expect(voice.asked.map(({ body }) => [body.input, body.voice])).toEqual([
      ['Een', 'nl-NL'],
      [id, 'nl-NL'],
      ['deux', 'fr-BE'],
    ]);
    expect(media.seconds).toBeCloseTo(0.3 + 2 + 3.2 + 0.4);
    const file = new Int16Array((await (await env.MEDIA.get(media.key))?.arrayBuffer()) as ArrayBuffer, 44);
    expect([file[0], file[8000], file[8000 * 2.4], file.at(-1)]).toEqual([1000, 0, 1000, 0]);
  });

  it('is spoken word for word where it is no SSML, whatever it looks like', async () => {
    const voice = aVoice();
    const say = freshText('Mail <info@example.nl>, &lt;break time="10s"/&gt; <break time="10s"/>');
    await prepared(sayNl(say), speaking(voice.fetcher));
    expect(voice.asked.map(({ body }) => body.input)).toEqual([say]);
    await prepared(sayNl(`<s>${say.replaceAll('<', '&lt;')}</s>`, SSML), speaking(voice.fetcher));
    expect(voice.asked.map(({ body }) => body.input)[1]).toBe(say.replace('&lt;', '<').replace('&gt;', '>'));
  });

  it('in Norwegian by another name is in the voice that reads both', async () => {
    const voice = aVoice();
    for (const language of ['no-NO', 'nn-NO', 'nb-NO'])
      await prepared(sayNl(freshText(), { language }), speaking(voice.fetcher));
    await prepared(sayNl(`<lang xml:lang="nn">${freshText()}</lang>`, SSML), speaking(voice.fetcher));
    expect(voice.asked.map(({ body }) => body.voice)).toEqual(['nb-NO', 'nb-NO', 'nb-NO', 'nb']);
  });

  it('reads words of a language that no voice speaks in its own language', async () => {
    const voice = aVoice();
    await prepared(sayNl(`<lang xml:lang="xx">${freshText()}</lang>`, SSML), speaking(voice.fetcher));
    expect(voice.asked.map(({ body }) => body.voice)).toEqual(['nl-NL']);
    const none = await prepareMedia(sayNl(freshText(), { language: 'xx' }), speaking(voice.fetcher), 8000);
    expect(none).toEqual(anyRefusal);
  });

  it('has a name that cannot be guessed without the secret', async () => {
    const around = speaking(aVoice().fetcher);
    const prompt = sayNl('Uw code is 1234');
    const other = { ...around, MEDIA_SECRET: 'another-secret-of-the-tests-32-chars-or-more' };
    expect((await prepared(prompt, other)).key).not.toBe((await prepared(prompt, around)).key);
  });

  it('is a short silence when it says nothing', async () => {
    expect((await prepared(sayNl(' <break time="0s"/> ', SSML), speaking(undefined))).seconds).toBe(0.1);
  });

  it('is one file when it is requested twice at once', async () => {
    const around = speaking(aVoice().fetcher);
    const prompt = sayNl(freshText());
    const [one, two] = await Promise.all([prepared(prompt, around), prepared(prompt, around)]);
    expect(one).toEqual(two);
    expect((await headerOf(one.key)).bytes).toBe(44 + Math.round(one.seconds * 16_000));
  });

  it('is refused when it is longer than ten minutes', async () => {
    const around = speaking(aVoice(() => new Response(writeWav(new Int16Array(800_000), 8000))).fetcher);
    const say = Array.from({ length: 7 }, (_, n) => `${freshText()}<break time="${n + 1}s"/>`).join('');
    expect(await prepareMedia(sayNl(say, SSML), around, 8000)).toEqual({ ok: false, refusal: 'speech_too_long' });
  });
});

describe('the embedded voice', () => {
  it('is refused where it is not deployed', async () => {
    expect(await prepareMedia(sayNl(freshText()), speaking(undefined), 8000)).toEqual(anyRefusal);
    expect(await prepareMedia(sayNl(freshText()), env as unknown as Env, 8000)).toEqual(anyRefusal);
  });

  it.each<[string, () => Response]>([
    [
      'throws',
      () => {
        throw new Error('Worker not found');
      },
    ],
    ['answers with a refusal', () => Response.json({ error: {} }, { status: 400 })],
    ['answers with a page', () => new Response('<html>')],
    ['answers with nothing', () => new Response(null)],
  ])('that %s is a refusal', async (_how, answer) => {
    expect(await prepareMedia(sayNl(freshText()), speaking(aVoice(answer).fetcher), 8000)).toEqual(anyRefusal);
  });

  it('is asked once more when its engine broke', async () => {
    const voice = aVoice((_asked, count) => (count === 1 ? new Response(null, { status: 500 }) : wav(1)));
    expect((await prepared(sayNl(freshText()), speaking(voice.fetcher))).seconds).toBeCloseTo(1);
  });
});

describe('a configured server', () => {
  const aServer = (url = `${freshHost()}/v1`) => ({
    url,
    key: 'secret',
    model: 'piper',
    voices: { nl: ['lotte', 'jan'] },
  });

  it('speaks its languages as OpenAI would, and the embedded voice the others', async () => {
    const voice = aVoice();
    const asked = internet(() => wav(1));
    const server = aServer();
    const around = speaking(voice.fetcher, [server]);
    const say = freshText();
    expect((await prepared(sayNl(`<prosody rate="80%">${say}</prosody>`, SSML), around)).seconds).toBeCloseTo(1);
    expect(asked).toMatchObject([
      {
        url: `${server.url}/audio/speech`,
        body: { model: 'piper', input: say, voice: 'lotte', response_format: 'wav', speed: 0.8 },
      },
    ]);
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer secret');
    await prepared(sayNl(say, { voice: 'jan' }), around);
    await prepared(sayNl(say, { voice: 'Polly.Lotte' }), around);
    expect(asked.map(({ body }) => body.voice)).toEqual(['lotte', 'jan', 'lotte']);
    await prepared(sayNl(say, { language: 'de-DE' }), around);
    expect(voice.asked).toHaveLength(1);
  });

  it('may answer in MP3', async () => {
    const mp3 = await import('./audio/fixtures/tone-24000.mp3?inline');
    const bytes = Uint8Array.from(atob(mp3.default.split(',')[1] ?? ''), (it) => it.charCodeAt(0));
    internet(() => new Response(bytes));
    const media = await prepared(sayNl(freshText()), speaking(undefined, [aServer()]));
    expect((await headerOf(media.key)).rate).toBe(8000);
    expect(media.seconds).toBeGreaterThan(0.3);
  });

  it('is replaced for the whole Say when it fails, left alone for a while, and nothing else is cached under its name', async () => {
    let down = true;
    const asked = internet(() => (down ? new Response(null, { status: 500 }) : wav(2)));
    const voice = aVoice();
    const server = aServer();
    const around = speaking(voice.fetcher, [server]);
    const prompt = sayNl(`${freshText()}<break time="1s"/>tot ziens`, SSML);
    const robotic = await prepared(prompt, around);
    expect([asked.length, voice.asked.length]).toEqual([1, 2]);
    expect(await prepared(prompt, around)).toEqual(robotic);
    expect([asked.length, voice.asked.length]).toEqual([1, 2]);
    down = false;
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000);
    const spoken = await prepared(prompt, around);
    expect(spoken.key).not.toBe(robotic.key);
    expect(spoken.seconds).toBeCloseTo(5);
    expect(asked).toHaveLength(3);
  });

  it('is not followed when it redirects: neither text nor key goes elsewhere', async () => {
    const asked = internet(() => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } }));
    expect(await prepareMedia(sayNl(freshText()), speaking(undefined, [aServer()]), 8000)).toEqual(anyRefusal);
    expect(asked.map((one) => one.redirect)).toEqual(['manual']);
  });

  it('is cut off when its response never ends', async () => {
    const endless = new ReadableStream({ pull: (it) => it.enqueue(new Uint8Array(1_000_000)) });
    internet(() => new Response(endless));
    const refusal = await prepareMedia(sayNl(freshText()), speaking(undefined, [aServer()]), 8000);
    expect(refusal).toEqual({ ok: false, refusal: 'speech_too_long' });
  });

  it('is left out when it is configured wrongly, and the log says so without its values', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const around = speaking(aVoice().fetcher, [{ ...aServer(), model: 5, key: 'geheim' }]);
    await prepared(sayNl(freshText()), around);
    await prepared(sayNl(freshText()), around);
    expect(log.mock.calls).toEqual([['SPEECH_SERVERS is ignored: 0.model must be a string']]);
  });
});

it('the log has nothing of a text that cannot be spoken', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const around = {
    ...speaking(aVoice().fetcher),
    MEDIA: {
      head: () => {
        throw new Error('geheim');
      },
    },
  } as unknown as Env;
  expect(await prepareMedia(sayNl('geheim'), around, 8000)).toEqual({ ok: false, refusal: 'media_unavailable' });
  expect(log.mock.calls).toEqual([['media unavailable', 'Error']]);
});

describe('silence', () => {
  it('is as long as the pause, or as pressing the keys takes', async () => {
    expect(await prepared({ pause: 2.5 }, env as unknown as Env)).toMatchObject({ seconds: 2.5 });
    expect(await prepared({ digits: '12w#' }, env as unknown as Env)).toMatchObject({ seconds: 1.1 });
    expect(await prepared({ pause: 0 }, env as unknown as Env)).toMatchObject({ seconds: 0.02 });
  });

  it('is refused when it is hours long', async () => {
    const refusal = { ok: false, refusal: 'prompt_too_long' };
    expect(await prepareMedia({ pause: 86_400 }, env as unknown as Env, 8000)).toEqual(refusal);
  });
});
