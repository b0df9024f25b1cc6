// Adds to package-lock.json the optional packages of all operating systems and processors: npm itself writes only those of
// the machine that it runs on, and `npm ci` would not install the programs of another one.
import { readFileSync, writeFileSync } from 'node:fs';

const KNOWN_OS = [
  'darwin',
  'linux',
  'win32',
  'windows',
  'android',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'openharmony',
];
const KNOWN_CPU = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el'];
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const has = (from, name) => {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${at && `${at}/`}node_modules/${name}`]) return true;
    if (at === '' || !at.includes('/node_modules/'))
      return at === '' ? false : Boolean(lock.packages[`node_modules/${name}`]);
  }
};
let added = 0;
for (const [at, pkg] of Object.entries(lock.packages))
  for (const [name, version] of Object.entries(pkg.optionalDependencies ?? {})) {
    if (!/^\d/.test(version) || has(at, name)) continue;
    const words = name.split(/[/-]/);
    const os = words.find((w) => KNOWN_OS.includes(w)) ?? 'unknown';
    const cpu = words.find((w) => KNOWN_CPU.includes(w)) ?? (words.includes('64') ? 'x64' : undefined);
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu && { cpu: [cpu] }),
      ...(name.includes('musl') && { libc: ['musl'] }),
      ...(pkg.dev && { dev: true }),
      optional: true,
      os: [os === 'windows' ? 'win32' : os],
    };
    added++;
  }
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
if (added) writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} lock entries added`);
