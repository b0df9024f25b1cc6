// Starts the Worker with `wrangler dev` and, once it answers, prints a first call to paste.
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const port = process.env.PORT ?? '8787';
const url = `http://127.0.0.1:${port}`;

const child = spawn(
  'wrangler',
  [
    'dev',
    '-c',
    'wrangler.toml',
    '-c',
    'src/speech/espeak/wrangler.toml',
    '--port',
    port,
    '--var',
    'JURISDICTION:none',
    '--var',
    'WEBHOOK_URLS:any',
    '--log-level',
    'warn',
    ...process.argv.slice(2),
  ],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      // The same at every start, so that audio which a call was told to play can be fetched after a restart.
      MEDIA_SECRET: 'local-media-secret-of-every-laptop',
      // The two Workers find each other by name here; in the usual, shared place they would find those of another start.
      WRANGLER_REGISTRY_PATH: join(tmpdir(), `telefoon-registry-${port}`),
      WRANGLER_HIDE_BANNER: 'true',
      // No look-up of where we are, and no trace of every request on disk: requests hold phone numbers.
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      X_LOCAL_OBSERVABILITY: 'false',
      X_LOCAL_EXPLORER: 'false',
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 0));

const answers = () =>
  fetch(`${url}/v1/voice/openapi.json`).then(
    () => true,
    () => false,
  );
while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 100));

console.log(`
Telefoon Voice runs on ${url} (Ctrl-C stops it). Your first call, on the simulated network:

curl -s ${url}/v1/voice/calls -H 'X-API-Key: tf_test_local' -H 'Content-Type: application/json' -d '{
  "to": "+493023125006", "from": "+31851234567", "tts_language": "nl-NL",
  "flow": [{ "verb": "say", "text": "Hallo, dit is Telefoon." }, { "verb": "hangup" }]
}'

Then watch it with the id that it answers:  curl -s ${url}/v1/voice/calls/ID/events -H 'X-API-Key: tf_test_local'
`);
