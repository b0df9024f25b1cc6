// What `npm start` and `npm test` do first, on any Node from 20 on: install what is missing, prepare the local database.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { chooseNode, missingPackages } from './installation.mjs';

/** A line appears so often while npm is silent. */
const PROGRESS_MS = 5000;
const NODE_FOLDER = 'src/cli/node';
const NODE = `${NODE_FOLDER}/node_modules/node-linux-${process.arch}/bin/node`;
const NODE_LINK = 'node_modules/.bin/node';

const isStarting = process.argv.includes('--db');

/** As npm's scripts are run: with the programs of the packages first, and so with the Node of `linkNode`. */
const env = { ...process.env, PATH: [resolve('node_modules/.bin'), process.env.PATH].join(delimiter) };

/** `failure` says what to do when the program fails, which has said why. */
function run(command, args, { failure = '', cwd = '.' } = {}) {
  // Without a terminal on stdin, wrangler answers its own questions instead of asking.
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((done, fail) => {
    child.on('error', (error) => fail(new Error(`${command}: ${error.message}`)));
    child.on('exit', (code) => (code === 0 ? done() : fail(new Error(failure))));
  });
}

function stop(why) {
  if (why) console.error(why);
  process.exit(1);
}

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

async function install(what, more, cwd) {
  const begun = Date.now();
  const seconds = () => Math.round((Date.now() - begun) / 1000);
  console.log(`Installing ${what} …`);
  const progress = setInterval(() => console.log(`  still installing ${what}, ${seconds()} s …`), PROGRESS_MS);
  const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund', ...more];
  const failure = `
Installing ${what} failed. Can this machine reach the registry (npm config get registry), and is there room on the disk?`;
  await run('npm', args, { cwd, failure }).finally(() => clearInterval(progress));
}

async function installPackages() {
  const missing = missingPackages(read('package-lock.json'), read('node_modules/.package-lock.json'), {
    withTests: !isStarting,
  });
  if (missing.length === 0) return;
  await (isStarting
    ? install('what running needs', ['--omit=dev'])
    : install('what running and testing need', ['--include=dev']));
}

/** npm's scripts find this Node first. It has a lock file of its own, so that a machine with a new Node does not fetch it. */
async function installNode() {
  if (existsSync(NODE)) return;
  await install('Node 24, since this one is older', [], NODE_FOLDER);
  // To npm it is an optional package, because it differs by machine: that it cannot be fetched is no failure to npm.
  if (!existsSync(NODE))
    throw new Error('Node 24 could not be fetched. Try again, or install it: https://nodejs.org/en/download');
}

function linkNode() {
  mkdirSync('node_modules/.bin', { recursive: true });
  rmSync(NODE_LINK, { force: true });
  symlinkSync(`../../${NODE}`, NODE_LINK);
}

// This may itself run on the package's Node. The packages' installation removes the link to it, so it is set again.
const isOurs = process.execPath === resolve(NODE);
const node = isOurs ? 'package' : chooseNode(process);
if (node === 'missing')
  stop(`Node 24 or newer is needed, and this is ${process.version}. See https://nodejs.org/en/download`);
const installed = await Promise.allSettled([installPackages(), ...(node === 'package' ? [installNode()] : [])]);
// What failed is said once both are over, as the last thing that is read.
for (const { status, reason } of installed) if (status === 'rejected') stop(reason.message);
if (node === 'package') linkNode();
if (isStarting) await run('node', ['src/cli/local-database.ts']).catch(({ message }) => stop(message));
