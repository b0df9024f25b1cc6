// SPDX-License-Identifier: GPL-3.0-or-later
// Makes `generated/` from the npm package of eSpeak NG: the engine as one module that workerd accepts, and the voice data of our
// languages as static assets (the package ships the data of 140 voices in one file of 24 MB).

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { dictionaryOf, VOICES } from './languages.ts';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const source = (name) => fileURLToPath(import.meta.resolve(`@echogarden/espeak-ng-emscripten/${name}`));
const stamp = here('generated/stamp');
const ASSETS = here('generated/assets');

const inputs = [here('build.mjs'), here('languages.ts'), source('package.json'), source('espeak-ng.js')];
const fingerprint = inputs.reduce((hash, path) => hash.update(readFileSync(path)), createHash('sha256')).digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint) {
  rmSync(here('generated'), { recursive: true, force: true });
  mkdirSync(ASSETS, { recursive: true });
  await bundleEngine();
  packVoices(dataFiles());
  // The fingerprint is written last, so that a build that was cut off is made again.
  writeFileSync(stamp, fingerprint);
}

/** The published glue looks for Node and for browsers. Workerd has traits of both and is neither, so all the signs are taken away. */
async function bundleEngine() {
  const absent = ['process', 'window', 'document', 'location', 'WorkerGlobalScope'];
  await build({
    entryPoints: [source('espeak-ng.js')],
    outfile: here('generated/engine.mjs'),
    format: 'esm',
    bundle: true,
    minify: true,
    legalComments: 'inline',
    logLevel: 'error',
    define: {
      ...Object.fromEntries(absent.map((name) => [name, 'undefined'])),
      'import.meta.url': '"file:///espeak-ng.js"',
      // The glue downloads its 24 MB of data unless it believes to be a thread of a page that has done so.
      ENVIRONMENT_IS_PTHREAD: 'true',
    },
    plugins: [{ name: 'no-node', setup: stubNodeModule }],
  });
}

function stubNodeModule(bundler) {
  bundler.onResolve({ filter: /^module$/ }, () => ({ path: 'module', namespace: 'stub' }));
  bundler.onLoad({ filter: /./, namespace: 'stub' }, () => ({ contents: 'export const createRequire = undefined' }));
}

/** Cuts the package's data file at the offsets that its glue names. */
function dataFiles() {
  const all = readFileSync(source('espeak-ng.data'));
  const entries = /filename:"\/usr\/share\/espeak-ng-data\/([^"]+)",start:(\d+),end:(\d+)/g;
  const found = [...readFileSync(source('espeak-ng.js'), 'utf8').matchAll(entries)];
  const files = new Map(found.map(([, name, start, end]) => [name, all.subarray(Number(start), Number(end))]));
  return (name) => files.get(name) ?? fail(`espeak-ng.data holds no ${name}`);
}

/** `core.bin` is what every language needs: a length, an index in JSON, the files. Dictionaries are loaded one by one when spoken. */
function packVoices(file) {
  const names = ['phondata', 'phonindex', 'phontab', 'intonations'];
  names.push(...Object.values(VOICES).map((path) => `lang/${path}`));
  let offset = 0;
  const index = names.map((name) => {
    const entry = { name, offset, length: file(name).length };
    offset += entry.length;
    return entry;
  });
  const head = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  writeFileSync(`${ASSETS}/core.bin`, Buffer.concat([length, head, ...names.map(file)]));
  for (const dictionary of new Set(Object.keys(VOICES).map(dictionaryOf))) {
    writeFileSync(`${ASSETS}/${dictionary}.bin`, file(`${dictionary}_dict`));
  }
}

function fail(message) {
  throw new Error(message);
}
