import { spawnSync } from 'node:child_process';
import { unstable_startWorker } from 'wrangler';

export type Answer = {
  status: number;
  type: string | null;
  bytes: Uint8Array;
  json: () => { error: Record<string, unknown> };
};

/** The speech Worker as it is deployed, built if need be, in workerd on a free port. */
export async function startSpeech() {
  const worker = await unstable_startWorker({
    config: 'src/speech/espeak/wrangler.toml',
    dev: {
      logLevel: 'error',
      watch: false,
      inspector: false,
      persist: false,
      server: { hostname: '127.0.0.1', port: 0 },
    },
  });
  const url = new URL('/v1/audio/speech', await worker.url);
  const post = async (body: unknown, path: URL = url): Promise<Answer> => {
    const init = { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(path, init);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const json = () => JSON.parse(new TextDecoder().decode(bytes));
    return { status: response.status, type: response.headers.get('content-type'), bytes, json };
  };
  return { url, post, stop: () => worker.dispose() };
}

/** Debian's eSpeak NG, if this machine has it. */
export const nativeVersion = spawnSync('espeak-ng', ['--version'], { encoding: 'utf8' }).stdout?.trim() || undefined;

/** The same sentence by the native program: plain text on its standard input, never its SSML. */
export function speakNatively(text: string, voice: string): Uint8Array {
  const { status, stdout, stderr } = spawnSync('espeak-ng', ['-v', voice, '--stdin', '--stdout'], { input: text });
  if (status !== 0) throw new Error(`espeak-ng failed: ${stderr}`);
  return new Uint8Array(stdout);
}
