import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { prepareDatabase } from './database.ts';

const ROOT = join(import.meta.dirname, '../..');

// Wrangler tells on the standard output where it looks for secrets, and `--json` belongs there alone.
process.env.WRANGLER_LOG ??= 'error';

/** A temporary folder on the disk for builds and state; `remove` it at the end. */
export async function newFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'telefoon-bench-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

const runFile = promisify(execFile);

async function run(command: string, ...args: string[]): Promise<void> {
  const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
  const quiet = { WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false' };
  await runFile(command, args, { cwd: ROOT, env: { ...process.env, ...quiet, PATH } });
}

/** Bundles a Worker as a deploy would, and answers with its file. */
export async function build(entry: string, folder: string): Promise<string> {
  const out = join(folder, `build-${entry}`);
  const file = entry === 'index' ? 'src/index.ts' : `test/bench/${entry}.ts`;
  await run('wrangler', 'deploy', file, '--dry-run', '--minify', '--outdir', out);
  return join(out, `${entry}.js`);
}

type WorkerOptions = Extract<V4MiniflareOptions, { workers: unknown }>['workers'][number];

export interface Server {
  url: string;
  miniflare: Miniflare;
  stop(): Promise<void>;
}

/** Runs a bundled Worker of ours under workerd, with the settings of `npm start` and a database of its own in `folder`. */
export async function startWorker(name: string, script: string, folder: string): Promise<Server> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, 'wrangler.toml'));
  const { modulesRules: _unused, bindings, ...options } = workerOptions as WorkerOptions & { modulesRules?: unknown };
  const laptop = {
    ...bindings,
    JURISDICTION: 'none',
    WEBHOOK_URLS: 'any',
    MEDIA_SECRET: 'bench-media-secret-of-no-deployment',
  };
  // Calls on the simulated network are not spoken.
  const serviceBindings = { SPEECH: () => new Response(null, { status: 503 }) };
  const worker = { ...options, name, bindings: laptop, serviceBindings, ...modulesOf(script) };
  const server = await start(worker, folder);
  await prepareDatabase((await server.miniflare.getD1Database('DB', name)) as D1Database);
  return server;
}

/** Runs the Worker that the figures are compared with. */
export function startEmpty(folder: string): Promise<Server> {
  const durableObjects = { ROWS: { className: 'Row', useSQLite: true } };
  const modules = modulesOf(join(import.meta.dirname, 'empty.mjs'));
  return start({ name: 'empty', compatibilityDate: '2026-11-15', durableObjects, ...modules }, folder);
}

/** A bundled script, with the WebAssembly that was put beside it. */
function modulesOf(script: string) {
  const folder = dirname(script);
  const wasm = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
  return {
    modulesRoot: folder,
    modules: [
      { type: 'ESModule' as const, path: script, contents: readFileSync(script, 'utf8') },
      ...wasm.map((name) => ({ type: 'CompiledWasm' as const, path: join(folder, name) })),
    ],
  };
}

async function start(worker: WorkerOptions, folder: string): Promise<Server> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      log: new Log(LogLevel.WARN),
      logRequests: false,
      resourcePersistencePath: join(folder, 'v3'),
      // Straight to the Worker: miniflare's own entry in front of it costs more than an empty Worker does.
      workers: [{ ...worker, rootPath: ROOT, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }],
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL(worker.name);
  return { url: url.origin, miniflare, stop: () => miniflare.dispose() };
}
