import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError, reasonOf } from './errors.ts';
import type { Installation, Log } from './install.ts';
import { runProgram } from './run-program.ts';

/** One running Asterisk with its own configuration, folders and ports. */
export interface Instance {
  name: string;
  pid: number;
  /** The instance's folder as the host sees it. */
  directory: string;
  /** Runs a console command, as `asterisk -rx` does, and resolves to what it prints. */
  asterisk(command: string): Promise<string>;
  /** Ends Asterisk, and its calls with it. `SIGKILL` is for tests of what happens when a machine dies. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Resolves when the process has ended, for whatever reason. */
  exited: Promise<void>;
}

/** The path of an instance's folder. */
export interface InstanceFolders {
  /** As the host sees the folder. */
  onHost: string;
  /** As Asterisk sees the folder, from within its chroot. */
  inChroot: string;
}

const FOLDERS = [
  'etc',
  'lib',
  'run',
  'log',
  'spool',
  'spool/recording',
  'spool/recording/done',
  'spool/outgoing',
  'cache',
  'heard',
];
const STOP_SECONDS = 10;
const READY_SECONDS = 60;

// No other program may have this user. The number that the package gives to `asterisk` within the chroot is, on the host,
// that of whichever service was installed first.
const ASTERISK_ID = 60_542;

// Asterisk has no capability, no way to get one, and ends when the process that started it is killed.
const AS_ASTERISK = [
  '/usr/bin/setpriv',
  `--reuid=${ASTERISK_ID}`,
  `--regid=${ASTERISK_ID}`,
  '--clear-groups',
  '--no-new-privs',
  '--inh-caps=-all',
  '--bounding-set=-all',
  '--pdeathsig=TERM',
];

/** The folder of recordings that the Worker may not have yet. */
export const DONE_RECORDINGS = 'spool/recording/done';

/** Makes fresh, empty folders for an instance. Audio and numbers of an earlier run are deleted, all but recordings that the Worker may not have. */
export async function makeFolders({ root }: Installation, name: string): Promise<InstanceFolders> {
  // The path is short on purpose: Asterisk cuts the path of a downloaded prompt off at the length of the prompt's URL.
  const inChroot = `/srv/${name}`;
  const onHost = join(root, inChroot);
  await removeExcept(onHost, DONE_RECORDINGS.split('/'));
  await mkdir(onHost, { recursive: true });
  await chmod(onHost, 0o755); // Asterisk must get through, whatever the umask is.
  for (const part of FOLDERS) {
    await mkdir(join(onHost, part), { recursive: true, mode: 0o750 });
    await chown(join(onHost, part), ASTERISK_ID, ASTERISK_ID);
  }
  await mkdir(join(onHost, 'lib/sounds'), { recursive: true });
  return { onHost, inChroot };
}

/** Deletes everything in a folder but what is at one path within it. */
async function removeExcept(folder: string, [kept, ...within]: string[]): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (name !== kept) await rm(join(folder, name), { recursive: true, force: true });
    else if (within.length > 0) await removeExcept(join(folder, name), within);
  }
}

/** Starts Asterisk on folders that hold its configuration, and resolves when it is fully booted. */
export async function startInstance(
  installation: Installation,
  folders: InstanceFolders,
  options: { name: string; log: Log },
): Promise<Instance> {
  await letAsteriskRead(join(folders.onHost, 'etc'));
  const enter = [installation.root, ...AS_ASTERISK];
  const configuration = `${folders.inChroot}/etc/asterisk.conf`;
  // Without its configuration Asterisk would start with Debian's defaults, which open ports to everybody.
  await runProgram('chroot', [...enter, '/usr/bin/test', '-r', configuration]);
  // The child is detached, so that Ctrl-C in the terminal reaches us alone, and we end our children in order.
  const child = spawn('chroot', [...enter, '/usr/sbin/asterisk', '-f', '-C', configuration], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const last = keepLastLines(child, options.log);
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const asterisk = (command: string) =>
    runProgram('chroot', [...enter, '/usr/sbin/asterisk', '-C', configuration, '-rx', command]);
  const stop = (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => endProcess(child, exited, signal);
  await waitUntilBooted(child, asterisk).catch(async (error) => {
    await stop('SIGKILL');
    throw new GatewayError(`${options.name} did not start: ${reasonOf(error)} ${last().join(' / ')}`);
  });
  return { name: options.name, pid: child.pid ?? 0, directory: folders.onHost, asterisk, stop, exited };
}

/** Masks a log line, which must neither say who called whom nor show the signature of a prompt's URL. */
export function maskLine(line: string): string {
  return line.replace(/(https?:\/\/[^\s'"?]+)\?[^\s'"]*/g, '$1?<masked>').replace(/\+?\d{6,}/g, '<number>');
}

async function waitUntilBooted(child: ChildProcess, asterisk: (command: string) => Promise<string>): Promise<void> {
  const deadline = Date.now() + READY_SECONDS * 1000;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new GatewayError('Asterisk ended at once.');
    const answer = await asterisk('core waitfullybooted').catch(reasonOf);
    if (answer.includes('fully booted')) return;
    if (Date.now() > deadline)
      throw new GatewayError(`Asterisk was not ready after ${READY_SECONDS} s (${answer.trim()}).`);
    await sleep(50);
  }
}

async function endProcess(child: ChildProcess, exited: Promise<void>, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
  await exited;
  clearTimeout(timer);
}

function keepLastLines(child: ChildProcess, log: Log): () => string[] {
  let last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      const masked = maskLine(line.trim());
      if (masked === '') return;
      last = [...last, masked].slice(-10);
      log(masked);
    });
  }
  return () => last;
}

/** Asterisk may read its configuration but not change it; nobody else may read the token and the passwords in it. */
async function letAsteriskRead(directory: string): Promise<void> {
  await chown(directory, 0, ASTERISK_ID);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    await chown(path, 0, ASTERISK_ID);
    await chmod(path, entry.isDirectory() ? 0o750 : 0o640);
  }
}
