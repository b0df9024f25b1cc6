import { access, copyFile, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, reasonOf } from './errors.ts';
import { run } from './run-program.ts';

/** Outside the repository and the host's own packages. */
export const STATE_DIRECTORY = process.env.TELEFOON_GATEWAY_DIR ?? '/var/lib/telefoon-gateway';
const MIRROR = process.env.TELEFOON_DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';

/** 22.10.1 closes two holes in ARI (GHSA-wcvv-g26m-wx5c, GHSA-vrfp-mg3q-3959). */
export const OLDEST_VERSION = '22.10.1';

export interface Installation {
  /** A Debian of its own, entered by chroot. */
  root: string;
  version: string;
  moduleDirectory: string;
}

export type Log = (line: string) => void;

/** Why no Asterisk can be had on this machine, as a sentence, or `undefined` when nothing stands in the way. */
export async function whyNotHere(): Promise<string | undefined> {
  if (process.getuid?.() !== 0)
    return 'This must run as root, because Asterisk is started in a folder of its own (chroot).';
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID(_LIKE)?="?.*debian/m.test(release))
    return 'This machine is not Debian, whose tools make the folder for Asterisk.';
  if (await isInstalled()) return undefined;
  const index = `${MIRROR}/dists/sid/InRelease`;
  try {
    const answer = await fetch(index, { method: 'HEAD', signal: AbortSignal.timeout(15_000) });
    return answer.ok ? undefined : `Debian sid is not to be had: ${index} answered ${answer.status}.`;
  } catch (error) {
    return `Debian sid cannot be reached: ${index} failed (${causeOf(error)}).`;
  }
}

/** Puts Asterisk into its folder unless it is there. An interrupted run leaves nothing that looks finished. */
export async function installAsterisk(options: { upgrade?: boolean; log?: Log } = {}): Promise<Installation> {
  const refusal = await whyNotHere();
  if (refusal !== undefined) throw new GatewayError(refusal);
  const log = options.log ?? (() => {});
  if (options.upgrade || !(await isInstalled())) await bootstrap(log, options.upgrade ?? false);
  const installation = await inspect();
  // Names of Workers and carriers resolve as they do on the host, also after its network has changed.
  await copyFile('/etc/resolv.conf', join(rootDirectory(), 'etc/resolv.conf')).catch(() => {});
  await copyFile('/etc/hosts', join(rootDirectory(), 'etc/hosts')).catch(() => {});
  return installation;
}

/** Whether `version` is as new as `oldest`, number by number. */
export function isAtLeast(version: string, oldest: string): boolean {
  const have = version.split('.').map(Number);
  const want = oldest.split('.').map(Number);
  const at = want.findIndex((part, index) => (have[index] ?? 0) !== part);
  return at === -1 || (have[at] ?? 0) > (want[at] ?? 0);
}

async function bootstrap(log: Log, upgrade: boolean): Promise<void> {
  if (await isInUse(rootDirectory())) {
    throw new GatewayError(
      `An Asterisk runs from ${rootDirectory()}: stop every gateway of this machine before an upgrade.`,
    );
  }
  await mkdir(STATE_DIRECTORY, { recursive: true });
  await installDebootstrap(log);
  log(`Installing Asterisk from Debian sid into ${rootDirectory()} (500 MB, about a minute) …`);
  // Two runs at once (a laptop and its tests) must not write into one folder: the second waits, then finds it done.
  const script = `
    if [ "$4" = no ] && [ -x "$2/usr/sbin/asterisk" ]; then exit 0; fi
    rm -rf "$1" && debootstrap --variant=minbase --include=asterisk,curl,ca-certificates sid "$1" "$3" || exit 1
    if [ -e "$2" ]; then rm -rf "$2.old" && mv "$2" "$2.old"; fi
    mv "$1" "$2" && rm -rf "$2.old"`;
  const parameters = [partialDirectory(), rootDirectory(), MIRROR, upgrade ? 'yes' : 'no'];
  const lock = join(STATE_DIRECTORY, 'install.lock');
  await run('flock', [lock, 'sh', '-c', script, 'install', ...parameters]).catch(async (error) => {
    await rm(partialDirectory(), { recursive: true, force: true });
    throw new GatewayError(`Asterisk could not be installed from ${MIRROR}: ${reasonOf(error)}`);
  });
}

/** Whether a process lives in the folder: replacing it would take the files away under a live call. */
async function isInUse(root: string): Promise<boolean> {
  const processes = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const roots = await Promise.all(processes.map((id) => readlink(`/proc/${id}/root`).catch(() => '')));
  return roots.includes(root);
}

async function installDebootstrap(log: Log): Promise<void> {
  if (await exists('/usr/sbin/debootstrap')) return;
  log('Installing the package debootstrap, the only change to this machine …');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', 'debootstrap'], { env });
  await install().catch(async () => {
    await run('apt-get', ['update'], { env });
    await install();
  });
}

async function inspect(): Promise<Installation> {
  const root = rootDirectory();
  const printed = await run('chroot', [root, '/usr/sbin/asterisk', '-V']);
  const version = /(\d+\.\d+\.\d+)/.exec(printed)?.[1];
  if (version === undefined)
    throw new GatewayError(`The Asterisk in ${root} does not tell its version: ${printed.trim()}.`);
  if (!isAtLeast(version, OLDEST_VERSION)) {
    throw new GatewayError(
      `Asterisk ${version} in ${root} is too old: ${OLDEST_VERSION} or later is needed. Run again with --upgrade.`,
    );
  }
  return { root, version, moduleDirectory: await findModules(root) };
}

async function findModules(root: string): Promise<string> {
  for (const entry of await readdir(join(root, 'usr/lib'))) {
    const directory = join('/usr/lib', entry, 'asterisk/modules');
    if (await exists(join(root, directory))) return directory;
  }
  throw new GatewayError(`The Asterisk in ${root} has no modules. Run again with --upgrade.`);
}

const rootDirectory = () => join(STATE_DIRECTORY, 'root');
const partialDirectory = () => join(STATE_DIRECTORY, 'root.partial');
const isInstalled = () => exists(join(rootDirectory(), 'usr/sbin/asterisk'));

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : reasonOf(error);
}
