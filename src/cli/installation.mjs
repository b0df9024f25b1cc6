// Decides what has to be installed. Any Node from 20 on runs this file.

/**
 * The packages that have to be installed: those of the lock file that are missing, or that are there in another version.
 * `withTests` counts those that only tests and checks need. Files' times say nothing: a checkout changes them.
 */
export const missingPackages = (lock, installed, { withTests }) =>
  Object.entries(lock.packages).flatMap(([path, wanted]) => {
    const there = path === '' ? wanted : installed?.packages[path];
    // Optional packages are mostly those of other machines. npm installs the ones of this machine together with the rest.
    const mayBeAbsent = wanted.optional || wanted.devOptional || (wanted.dev && !withTests);
    return there ? (there.version === wanted.version ? [] : [path]) : mayBeAbsent ? [] : [path];
  });

/**
 * Which Node the scripts run on: the machine's own; on a Linux where that is too old, a package; elsewhere somebody has to
 * install one. Before version 24, Node does not run TypeScript or SQLite without flags or warnings.
 */
export function chooseNode({ version, platform, arch }) {
  if (Number.parseInt(version.replace('v', ''), 10) >= 24) return 'own';
  return platform === 'linux' && ['x64', 'arm64'].includes(arch) ? 'package' : 'missing';
}
