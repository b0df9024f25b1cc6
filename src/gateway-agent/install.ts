import { access, copyFile, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSupportedVersion, OLDEST_VERSION } from '../carriers/asterisk/version.ts';
import { GatewayError, reasonOf } from './errors.ts';
import { runProgram } from './run-program.ts';

/** Everything of gateways on this machine is here, outside the repository and the host's own packages. */
export const STATE_DIRECTORY = process.env.TELEFOON_GATEWAY_DIR ?? '/var/lib/telefoon-gateway';
const DEBIAN_MIRROR = process.env.TELEFOON_DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';

export interface Installation {
  /** The folder with a Debian of its own, which is entered by chroot. */
  root: string;
  version: string;
  moduleDirectory: string;
}

export type Log = (line: string) => void;

/** Resolves to the reason, as a sentence, why Asterisk cannot be installed on this machine; undefined when it can. */
export async function whyNotInstallable(): Promise<string | undefined> {
  if (process.getuid?.() !== 0)
    return 'This must run as root, because Asterisk is started in a folder of its own (chroot).';
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID(_LIKE)?="?.*debian/m.test(release))
    return 'This machine is not Debian, whose tools make the folder for Asterisk.';
  if (await isInstalled()) return undefined;
  const index = `${DEBIAN_MIRROR}/dists/sid/InRelease`;
  try {
    const answer = await fetch(index, { method: 'HEAD', signal: AbortSignal.timeout(15_000) });
    return answer.ok ? undefined : `Debian sid cannot be reached: ${index} answered ${answer.status}.`;
  } catch (error) {
    return `Debian sid cannot be reached: ${index} failed (${causeOf(error)}).`;
  }
}

/** Installs Asterisk into its folder, unless it is there. A run that is interrupted leaves nothing that looks finished. */
export async function installAsterisk(options: { upgrade?: boolean; log?: Log } = {}): Promise<Installation> {
  const refusal = await whyNotInstallable();
  if (refusal !== undefined) throw new GatewayError(refusal);
  const log = options.log ?? (() => {});
  if (options.upgrade || !(await isInstalled())) await installDebian(log, options.upgrade ?? false);
  const installation = await inspectInstallation();
  // The names of Workers and carriers must resolve as they do on the host, also after the host's network has changed.
  await copyFile('/etc/resolv.conf', join(rootDirectory(), 'etc/resolv.conf')).catch(() => {});
  await copyFile('/etc/hosts', join(rootDirectory(), 'etc/hosts')).catch(() => {});
  return installation;
}

async function installDebian(log: Log, upgrade: boolean): Promise<void> {
  if (await isInUse(rootDirectory())) {
    throw new GatewayError(
      `An Asterisk runs from ${rootDirectory()}: stop every gateway of this machine before an upgrade.`,
    );
  }
  await mkdir(STATE_DIRECTORY, { recursive: true });
  await installDebootstrap(log);
  log(`Installing Asterisk from Debian sid into ${rootDirectory()} (500 MB, about a minute) …`);
  // Two runs at once (a laptop and its tests) must not write into one folder: the second waits, and then finds Asterisk there.
  const script = `
    if [ "$4" = no ] && [ -x "$2/usr/sbin/asterisk" ]; then exit 0; fi
    rm -rf "$1" && debootstrap --variant=minbase --include=asterisk,curl,ca-certificates sid "$1" "$3" || exit 1
    if [ -e "$2" ]; then rm -rf "$2.old" && mv "$2" "$2.old"; fi
    mv "$1" "$2" && rm -rf "$2.old"`;
  const parameters = [partialDirectory(), rootDirectory(), DEBIAN_MIRROR, upgrade ? 'yes' : 'no'];
  const lock = join(STATE_DIRECTORY, 'install.lock');
  await runProgram('flock', [lock, 'sh', '-c', script, 'install', ...parameters]).catch(async (error) => {
    await rm(partialDirectory(), { recursive: true, force: true });
    throw new GatewayError(`Asterisk could not be installed from ${DEBIAN_MIRROR}: ${reasonOf(error)}`);
  });
}

/** Whether a process runs in the folder: to replace the folder would take the files away under a live call. */
async function isInUse(root: string): Promise<boolean> {
  const processes = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const roots = await Promise.all(processes.map((id) => readlink(`/proc/${id}/root`).catch(() => '')));
  return roots.includes(root);
}

async function installDebootstrap(log: Log): Promise<void> {
  if (await exists('/usr/sbin/debootstrap')) return;
  log('Installing the package debootstrap, the only change to this machine …');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => runProgram('apt-get', ['install', '-y', '--no-install-recommends', 'debootstrap'], { env });
  await install().catch(async () => {
    await runProgram('apt-get', ['update'], { env });
    await install();
  });
}

async function inspectInstallation(): Promise<Installation> {
  const root = rootDirectory();
  const printed = await runProgram('chroot', [root, '/usr/sbin/asterisk', '-V']);
  const version = /(\d+\.\d+\.\d+)/.exec(printed)?.[1];
  if (version === undefined)
    throw new GatewayError(`The Asterisk in ${root} does not say which version it is: ${printed.trim()}.`);
  if (!isSupportedVersion(version)) {
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
