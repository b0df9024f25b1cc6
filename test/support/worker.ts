import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';

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

/** `entry` is another one than the product's own, around it. */
export async function startWorker(folder: string, at?: number, entry?: string): Promise<RunningWorker> {
  const port = at ?? (await freePort());
  const child = spawn('node', ['src/cli/start.mjs', '--persist-to', folder, ...(entry ? [entry] : [])], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: String(port) },
  });
  await printed(child, 'runs on');
  return { url: `http://127.0.0.1:${port}`, kill: () => killGroup(child) };
}

function printed(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => chunk.toString().includes(text) && resolve());
    child.on('exit', (code) => reject(new Error(`the Worker did not start (exit ${code})`)));
  });
}

async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await gone;
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
