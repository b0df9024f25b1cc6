import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** The Worker as `npm start` runs it, on a port and a state folder of its own. */
export interface RunningWorker {
  url: string;
  /** Ends it as a power cut would: the whole process group, with SIGKILL. */
  kill(): Promise<void>;
}

export function prepareState(folder: string): void {
  execFileSync('node', ['src/cli/local-database.ts', '--persist-to', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const outputOf = (folder: string): string => join(folder, 'output.log');

/** What the Workers on a state folder have printed: of interest only when a test has failed. */
export const printedOn = (folder: string): string =>
  existsSync(outputOf(folder)) ? readFileSync(outputOf(folder), 'utf8') : '';

/** `entry` is another one than the product's own, around it. */
export async function startWorker(folder: string, at?: number, entry?: string): Promise<RunningWorker> {
  const port = at ?? (await freePort());
  const child = spawn('node', ['src/cli/start.mjs', '--persist-to', folder, ...(entry ? [entry] : [])], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORT: String(port) },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => existsSync(folder) && appendFileSync(outputOf(folder), chunk));
  }
  await printed(child, 'runs on', () => printedOn(folder));
  return { url: `http://127.0.0.1:${port}`, kill: () => killGroup(child) };
}

function printed(child: ChildProcess, text: string, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => chunk.toString().includes(text) && resolve());
    child.on('exit', (code) => reject(new Error(`the Worker did not start (exit ${code}):\n${output()}`)));
  });
}

async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await gone;
}

/**
 * A port that nobody listens on. The system lends the ports from 32768 on to whoever connects: one of those could be taken
 * by the time that a Worker has started.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
