// `npm run bench -- [--json] [--seconds 4]`: how fast the built Worker is, and what a call and a participant cost. Nothing fails
// because a machine is slow, nor because a budget is exceeded: that is for cost.test.ts.
// `npm run bench -- --gateway [--json] [--calls 50]`: how long the steps of calls over real SIP take, beside those of a
// bare client on the same Asterisk; as root on Debian.
// `npm run bench -- --recording [--json]`: how much memory workerd has while a recording of an hour is brought and read.
// `npm run bench -- --prompt [--json]`: how long other calls of a gateway wait while one customer's long MP3 is converted.
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { costOf, participantCostOf } from './budgets.ts';
import { countCall } from './count-call.ts';
import { countParticipant, measureJoins } from './count-participant.ts';
import { measureGateway } from './gateway/comparison.ts';
import { type GatewayReport, printGatewayReport } from './gateway/report.ts';
import type { Latency } from './load.ts';
import { measurePrompt, printPromptReport } from './prompt.ts';
import { measureRecording, printRecordingReport } from './recording.ts';
import { printReport, type Report } from './report.ts';
import { build, newFolder, startEmpty, startWorker } from './server.ts';
import type { CountedCall, CountedParticipant } from './tally.ts';
import { type Comparison, compare } from './throughput.ts';

const flag = { type: 'boolean' } as const;
const { values } = parseArgs({
  options: {
    json: flag,
    gateway: flag,
    recording: flag,
    prompt: flag,
    seconds: { type: 'string', default: '4' },
    calls: { type: 'string', default: '50' },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 1 && seconds <= 60)) throw new Error('--seconds must be from 1 to 60');
const calls = Number(values.calls);
if (!(Number.isInteger(calls) && calls >= 1 && calls <= 1000)) throw new Error('--calls must be from 1 to 1000');

const progress = (what: string): void => console.error(`${what} …`);

interface Counted {
  fast: CountedCall;
  real: CountedCall;
  participant: CountedParticipant;
}

async function measureCost(folder: string): Promise<Counted> {
  const server = await startWorker('counting', await build('counting', folder), folder);
  try {
    const fast = await countCall(server.url, { speed: 1000 });
    const real = await countCall(server.url, { speed: 1 });
    return { fast, real, participant: await countParticipant(server.url) };
  } finally {
    await server.stop();
  }
}

async function measureSpeed(folder: string): Promise<{ joins: Latency; speed: Comparison[] }> {
  const ours = await startWorker('ours', await build('index', folder), `${folder}/ours`);
  const empty = await startEmpty(`${folder}/empty`);
  try {
    const joins = await measureJoins(ours.url);
    return { joins, speed: await compare({ ours: ours.url, empty: empty.url }, seconds) };
  } finally {
    await Promise.all([ours.stop(), empty.stop()]);
  }
}

const machine = { node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model ?? '', memory: totalmem() };

async function benchGateway(): Promise<void> {
  progress(`Calling over SIP, ${calls} times each way (about ${Math.ceil(calls * 2 + 20)} s)`);
  const report: GatewayReport = { machine, ...(await measureGateway(calls)) };
  if (values.json) console.log(JSON.stringify(report, undefined, 2));
  else printGatewayReport(report);
}

async function benchWorker(): Promise<void> {
  const folder = await newFolder();
  try {
    progress(
      'Counting what a call costs, at a thousand times its speed and in real time, and a participant (about 60 s)',
    );
    const { fast, real, participant } = await measureCost(folder.path);
    progress(`Measuring speed, ${seconds} s for each figure`);
    const { joins, speed } = await measureSpeed(folder.path);
    const cost = { budgets: { fast: costOf(fast), real: costOf(real) }, counted: { fast, real } };
    const conference = { joins, cost: participantCostOf(participant), counted: participant };
    const report: Report = { machine, state: folder.path, seconds, speed, cost, conference };
    if (values.json) console.log(JSON.stringify(report, undefined, 2));
    else printReport(report);
  } finally {
    await folder.remove();
  }
}

async function benchInFolder<Figures>(
  what: string,
  measure: (folder: string) => Promise<Figures>,
  print: (figures: Figures) => void,
): Promise<void> {
  const folder = await newFolder();
  try {
    progress(what);
    const figures = await measure(folder.path);
    if (values.json) console.log(JSON.stringify({ machine, ...figures }, undefined, 2));
    else print(figures);
  } finally {
    await folder.remove();
  }
}

if (values.gateway) await benchGateway();
else if (values.recording) {
  await benchInFolder('Bringing and reading a recording of an hour', measureRecording, printRecordingReport);
} else if (values.prompt) await benchInFolder('Converting an MP3 of 9 MB', measurePrompt, printPromptReport);
else await benchWorker();
