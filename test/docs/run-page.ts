import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { readDocument } from '../../src/flow/document.ts';
import { parseTrunks } from '../../src/gateway-agent/gateway.ts';
import { readServers } from '../../src/speech/servers.ts';
import { until } from '../support/until.ts';
import { type SampleServer, SHOWN_PORT, startMailbox, startServer } from './customer.ts';
import { type Block, type Page, placeOf } from './pages.ts';
import { isAlike, shapeComplaints } from './shape.ts';

/** Where the Worker answers, and its state folder. */
export interface World {
  url: string;
  state: string;
}

interface Session extends World {
  page: Page;
  folder: string;
  mailbox: Awaited<ReturnType<typeof startMailbox>>;
  server?: SampleServer;
  /** The last id of each kind that was seen, by its two letters: what `CA…` stands for. */
  ids: Record<string, string>;
}

/** What was printed, and the status of every answer that curl got. */
interface Ran {
  printed: string;
  statuses: number[];
}

/** What runs a block, by its language and kind. A kind that is not here is none. */
const RUNNERS: [RegExp, (block: Block, session: Session) => void | Promise<void>][] = [
  [/^bash$/, runBash],
  [/^(json \d{3}|text printed)$/, () => undefined], // held against what the block before it prints
  [/^json sent$/, awaitSent],
  [/^text printed by \S+$/, awaitPrinted],
  [/^js \S+\.mjs$/, () => undefined], // run by the block that starts it
  [/^(xml|json) flow$/, readFlow],
  [/^json trunks$/, ({ text }) => void parseTrunks(JSON.parse(text))],
  [/^json speech-servers$/, ({ text }) => expect(readServers(text)).not.toEqual([])],
  [/^ts src\/\S+\.ts$/, () => undefined], // all of them are compiled together
  [/^\S+ no-run \([^)]{5,}\)$/, () => undefined], // what it names is looked up
];

const runnerOf = ({ language, kind }: Block) => RUNNERS.find(([name]) => name.test(`${language} ${kind}`.trim()));

/** Whether a block is of a known kind, and what runs it stands where it must: an answer after its command, a file before its start. */
export function isRun(block: Block, { blocks }: Page): boolean {
  const { language, kind } = block;
  const before = blocks[blocks.indexOf(block) - 1];
  if (/^(\d{3}|printed)$/.test(kind)) return before?.language === 'bash' && before.kind === '';
  if (language === 'js') return blocks.some(({ text }) => text.trim() === `node ${kind}`);
  return runnerOf(block) !== undefined;
}

/** Runs every block of a page in its order, as a reader would. */
export async function runPage(page: Page, world: World): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'telefoon-docs-'));
  const session: Session = { ...world, page, folder, mailbox: await startMailbox(), ids: {} };
  try {
    for (const block of page.blocks) {
      const [, run] = runnerOf(block) ?? [];
      try {
        await run?.(block, session);
      } catch (error) {
        throw new Error(`${placeOf(block)}: ${(error as Error).message}`);
      }
    }
  } finally {
    await session.server?.stop();
    await session.mailbox.close();
    rmSync(folder, { recursive: true });
  }
}

async function runBash(block: Block, session: Session): Promise<void> {
  const started = /^node (\S+\.mjs)$/.exec(block.text.trim())?.[1];
  if (started !== undefined) return await startSample(started, session);
  const shown = session.page.blocks[session.page.blocks.indexOf(block) + 1];
  const attempt = async () => {
    let ran = await bash(block.text, session);
    // Such an answer says that nothing was done: operators' commands of other tests write into the database's file from outside.
    for (let tries = 0; ran.statuses.at(-1) === 503 && tries < 5; tries++) ran = await bash(block.text, session);
    expect(complaintsAbout(ran, shown), `${ran.statuses} ${ran.printed}`).toEqual([]);
    for (const id of idsIn(ran.printed, shown)) session.ids[id.slice(0, 2)] = id;
  };
  // Only what changes nothing may be asked again, until it is as shown.
  const isQuestion = !/ -d | -X |npm /.test(block.text);
  await (isQuestion ? until(attempt) : attempt());
}

function complaintsAbout({ printed, statuses }: Ran, shown: Block | undefined): string[] {
  const refused = statuses.filter((status) => status >= 400).map((status) => `an answer has status ${status}`);
  if (shown?.language === 'text' && shown.kind === 'printed') return [...refused, ...linesMissing(shown.text, printed)];
  const [, status] = /^json (\d{3})$/.exec(`${shown?.language} ${shown?.kind}`) ?? [];
  if (!shown || status === undefined) return refused;
  if (statuses.at(-1) !== Number(status)) return [`the status is not ${status} but ${statuses.at(-1)}`];
  return shapeComplaints(JSON.parse(shown.text), JSON.parse(printed));
}

function linesMissing(shown: string, printed: string): string[] {
  const lines = printed.split('\n').map((line) => line.trimEnd());
  return shown
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !lines.some((it) => isAlike(line, it)))
    .map((line) => `not printed: ${line}`);
}

/** The id of what was made, of an account that a command has printed, and of what is shown of a list. */
function idsIn(printed: string, shown: Block | undefined): string[] {
  if (!printed.startsWith('{')) return printed.match(/\bAC[0-9a-f]{32}\b/g) ?? [];
  const answer = JSON.parse(printed) as Record<string, unknown>;
  if (typeof answer.id === 'string') return [answer.id];
  const lists = shown?.language === 'json' ? Object.entries(JSON.parse(shown.text)) : [];
  return lists.flatMap(([key, items]) => (Array.isArray(items) ? items.flatMap((it) => idOf(it, answer[key])) : []));
}

/** The id of the item that is shown, where it is shown. */
function idOf(shown: { id?: string }, items: unknown): string[] {
  if (shown.id === undefined) return [];
  const found = (items as { id: string }[]).find((it) => shapeComplaints(shown, it).length === 0);
  return found ? [found.id] : [];
}

async function startSample(file: string, session: Session): Promise<void> {
  const block = session.page.blocks.find(({ language, kind }) => language === 'js' && kind === file);
  if (!block) throw new Error(`the page has no ${file}`);
  session.server = await startServer(block, session.folder);
  session.mailbox.behind.port = session.server.port;
}

async function awaitSent({ text }: Block, { mailbox }: Session): Promise<void> {
  const shown = JSON.parse(text);
  await until(() => {
    const alike = mailbox.received.filter((it) => (it as { type: string }).type === shown.type);
    const complaints = alike.map((it) => shapeComplaints(shown, it));
    expect(
      complaints.some(({ length }) => length === 0),
      `none of ${alike.length} is as shown: ${complaints.at(-1)}`,
    ).toBe(true);
  });
}

async function awaitPrinted({ text }: Block, { server }: Session): Promise<void> {
  await until(() => expect(linesMissing(text, server?.printed() ?? '')).toEqual([]));
}

function readFlow({ text, language }: Block): void {
  expect(readDocument(text, `application/${language}`)).toMatchObject({ ignored: [] });
}

/** The operator's commands work on the database of the tests' Worker. */
const prelude = ({ state }: World) => `
curl() { command curl --write-out '%{stderr}%{http_code}\\n' "$@"; }
npm() {
  local name=$2; shift 2; [ "$1" = -- ] && shift
  [ "$name" = gateway ] || set -- "$@" --persist-to '${state}'
  (cd '${resolve('.')}' && node "src/cli/$name.ts" "$@")
}
`;

async function bash(text: string, session: Session): Promise<Ran> {
  const script = text
    .replaceAll('http://127.0.0.1:8787', session.url)
    .replaceAll(`127.0.0.1:${SHOWN_PORT}`, `127.0.0.1:${session.mailbox.port}`)
    .replace(/\b(CA|CF|RE|CN|AC)…/g, (shown, kind) => session.ids[kind] ?? shown);
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', prelude(session) + script], {
    cwd: session.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  const code = await new Promise((ended) => child.once('close', ended));
  if (code !== 0) throw new Error(`bash ended with ${code}: ${printed}${told}`);
  return { printed, statuses: [...told.matchAll(/^(\d{3})$/gm)].map(([status]) => Number(status)) };
}
