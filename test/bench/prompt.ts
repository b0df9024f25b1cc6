import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMp3Encoder } from 'wasm-media-encoders/esnext';
import { printTable } from './report.ts';
import { build, startWorker } from './server.ts';

const RATE = 44_100;
/** Of the ten minutes that a file may last, and nine of the ten million bytes. */
const SECONDS = 590;
const KILOBITS = 128;
/** What is encoded; the file repeats it. */
const PIECE_SECONDS = 10;
/** Answers are asked for so often before the file comes. */
const QUIET_REQUESTS = 500;

/** How long a gateway's object took to answer something small, in milliseconds. */
interface AnswerTimes {
  requests: number;
  p50: number;
  p99: number;
  longest: number;
}

export interface PromptReport {
  /** The file's, in bytes. */
  size: number;
  /** From the request for the file to the end of its conversion. */
  seconds: number;
  quiet: AnswerTimes;
  /** While the file was fetched and converted by the same object. */
  meanwhile: AnswerTimes;
}

/** The longest that another call may wait, as a part of what the whole conversion takes: a turn is a second of sound of 600. */
const GOAL = 1 / 20;

/** Has a gateway's object convert one customer's long MP3, and asks the same object for something small all the while. */
export async function measurePrompt(folder: string): Promise<PromptReport> {
  const file = await longMp3();
  const customer = createServer((_request, response) => response.writeHead(200).end(file));
  await new Promise<void>((resolve) => customer.listen(0, '127.0.0.1', resolve));
  const server = await startWorker('player', await build('player', folder), `${folder}/player`);
  try {
    const ask = () => answerTime(`${server.url}/status`);
    const quiet: number[] = [];
    for (let n = 0; n < QUIET_REQUESTS; n++) quiet.push(await ask());
    const url = `http://127.0.0.1:${(customer.address() as AddressInfo).port}/long.mp3`;
    const began = performance.now();
    let seconds = 0;
    const preparing = fetch(`${server.url}/prepare?url=${encodeURIComponent(url)}`, { method: 'POST' })
      .then((response) => response.json() as Promise<{ parts: unknown[] }>)
      .finally(() => {
        seconds = (performance.now() - began) / 1000;
      });
    const meanwhile: number[] = [];
    while (seconds === 0) meanwhile.push(await ask());
    if ((await preparing).parts.length !== 1) throw new Error('the file could not be converted');
    return { size: file.length, seconds, quiet: timesOf(quiet), meanwhile: timesOf(meanwhile) };
  } finally {
    await server.stop();
    customer.close();
  }
}

export function printPromptReport({ size, seconds, quiet, meanwhile }: PromptReport): void {
  const row = (what: string, { requests, ...times }: AnswerTimes) => [
    what,
    String(requests),
    ...[times.p50, times.p99, times.longest].map((ms) => ms.toFixed(1)),
  ];
  printTable([
    ["a gateway's object answers", 'requests', 'p50, ms', 'p99, ms', 'longest, ms'],
    row('with nothing else to do', quiet),
    row('while it converts an MP3', meanwhile),
  ]);
  const part = meanwhile.longest / 1000 / seconds;
  console.log(`
One MP3 of ${(size / 1e6).toFixed(1)} MB took ${seconds.toFixed(1)} s. The longest wait of another call beside it is ${part.toFixed(3)} of that: goal <= ${GOAL} ${part <= GOAL ? 'OK' : 'OVER'}`);
}

async function answerTime(url: string): Promise<number> {
  const began = performance.now();
  await (await fetch(url)).arrayBuffer();
  return performance.now() - began;
}

function timesOf(times: number[]): AnswerTimes {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { requests: sorted.length, p50: at(0.5), p99: at(0.99), longest: at(1) };
}

/** Ten minutes of noise in stereo: it costs a decoder more than music does. */
async function longMp3(): Promise<Buffer> {
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: RATE, channels: 2, bitrate: KILOBITS });
  const noise = () => Float32Array.from({ length: RATE * PIECE_SECONDS }, () => Math.random() - 0.5);
  const sound = [noise(), noise()] as const;
  const piece = Buffer.concat([Buffer.from(encoder.encode([...sound])), Buffer.from(encoder.finalize())]);
  return Buffer.concat(Array.from({ length: SECONDS / PIECE_SECONDS }, () => piece));
}
