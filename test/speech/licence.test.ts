import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const GPL = resolve('src/speech/espeak');
/** Folders that are not in git: the build makes one, and a Worker that is running or was killed leaves the other. */
const BUILT = [join(GPL, 'generated'), join(GPL, '.wrangler')];
const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((name) => resolve('src', name))
  .filter((path) => /\.m?[jt]s$/.test(path) && !BUILT.some((folder) => path.startsWith(folder)));

/** The files that a file imports by a relative path. */
function imports(path: string): string[] {
  const found = readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g);
  return [...found].map(([, specifier]) => resolve(path, '..', specifier as string));
}

const isGpl = (path: string) => path.startsWith(`${GPL}/`);

it('no import crosses the border of the GPL, in either direction', () => {
  const crossings = files.flatMap((path) => imports(path).map((target) => ({ path, target })));
  expect(crossings.filter(({ path }) => isGpl(path)).length).toBeGreaterThan(3);
  expect(crossings.filter(({ path, target }) => isGpl(path) !== isGpl(target))).toEqual([]);
});

it('every file behind the border of the GPL names the licence', () => {
  const unnamed = files
    .filter(isGpl)
    .filter((path) => !readFileSync(path, 'utf8').includes('SPDX-License-Identifier: GPL-3.0-or-later'));
  expect(unnamed).toEqual([]);
});
