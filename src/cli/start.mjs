// Starts the Worker with `wrangler dev` and, once it answers, prints a first call to paste.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const port = process.env.PORT ?? '8787';
const url = `http://127.0.0.1:${port}`;

function stop(why) {
  console.error(why);
  process.exit(1);
}

if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) stop(`PORT must be a port number, not "${port}".`);
// The port is tried before wrangler starts: another program that has it would answer below, and be taken for us.
await new Promise((resolve) => {
  const probe = createServer().once('error', () =>
    stop(
      `Port ${port} is taken. If it is this copy that runs there, it is ready. Else choose another port: PORT=8788 npm start`,
    ),
  );
  probe.listen(Number(port), '127.0.0.1', () => probe.close(resolve));
});

// Two that run on the same state would both run its calls, and lock each other out of its databases.
const options = process.argv.slice(2);
const state = options.includes('--persist-to') ? options[options.indexOf('--persist-to') + 1] : '.wrangler/state';
const portFile = join(state, 'port');
const other = readPort(portFile);
if (other && other !== port && (await isListening(Number(other))))
  stop(`This copy runs already, on port ${other}. Stop that one, or start another copy of the folder.`);
mkdirSync(state, { recursive: true });
writeFileSync(portFile, port);

function readPort(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isListening(at) {
  return new Promise((resolve) => {
    const socket = connect(at, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

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
    ...options,
  ],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      // The secret is the same at every start, so that audio which a call was told to play can be fetched after a restart.
      MEDIA_SECRET: 'local-media-secret-of-every-laptop',
      // The two Workers find each other by name in this folder; in the usual one they would find those of another start.
      WRANGLER_REGISTRY_PATH: join(tmpdir(), `telefoon-registry-${port}`),
      WRANGLER_HIDE_BANNER: 'true',
      // Wrangler neither looks up where the machine is, nor writes traces of requests to disk: they hold phone numbers.
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      X_LOCAL_OBSERVABILITY: 'false',
      X_LOCAL_EXPLORER: 'false',
      WRANGLER_WRITE_LOGS: 'false',
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
