import { type CostLine, dollarsPerThousand, isOver } from './budgets.ts';
import { CONNECTIONS, type Latency } from './load.ts';
import type { CountedCall, CountedParticipant } from './tally.ts';
import type { Comparison, Figures } from './throughput.ts';

export interface Report {
  machine: { node: string; cpus: number; cpu: string; memory: number };
  /** The folder on disk that the state was in. */
  state: string;
  seconds: number;
  speed: Comparison[];
  /** A call at a thousand times its speed, and one in real time: beside the budgets, and in every detail. */
  cost: { budgets: Pair<CostLine[]>; counted: Pair<CountedCall> };
  /** A participant of a conference: how long it takes to come, and what it uses. */
  conference: { joins: Latency; cost: CostLine[]; counted: CountedParticipant };
}

interface Pair<Thing> {
  fast: Thing;
  real: Thing;
}

export function printReport({ machine, state, seconds, speed, cost, conference }: Report): void {
  const { node, cpus, cpu, memory } = machine;
  console.log(
    `Node ${node}, workerd on ${cpus} × ${cpu}, ${Math.round(memory / 2 ** 30)} GiB; load from the same machine`,
  );
  console.log(`State on disk, in ${state}\n`);
  printTable(speedRows(speed));
  console.log(`
req/s: over ${seconds} s with ${CONNECTIONS} requests under way; ratio: ours to the empty Worker's. p50, p99: ms at the fixed rate.
The empty Worker asks one object: for POST a new one, which writes a row; for GET one that reads a row.
POST /calls is the call's whole life (a busy callee), its second object and its copies in D1 with it.
`);
  printTable(costRows(cost));
  console.log('\nBudgets are those of src/docs/architecture.md, for four notifications; this call makes three.\n');
  printTable(participantRows(conference.cost));
  const { requests, p50, p99 } = conference.joins;
  console.log(`
${requests} joined one after the other: from POST /calls to the conference's callback p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms.`);
}

function speedRows(comparisons: Comparison[]): string[][] {
  const figures = ({ perSecond, p50, p99 }: Figures) => [perSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)];
  return [
    ['request', 'req/s', 'ratio', 'at rate', 'p50', 'p99'],
    ...comparisons.flatMap(({ request, ours, empty }) => {
      const [perSecond = '', ...latency] = figures(ours);
      const [emptyPerSecond = '', ...emptyLatency] = figures(empty);
      const ratio = (ours.perSecond / empty.perSecond).toFixed(2);
      return [
        [request, perSecond, ratio, `${ours.rate}/s`, ...latency],
        ['  empty Worker', emptyPerSecond, '', `${empty.rate}/s`, ...emptyLatency],
      ];
    }),
  ];
}

function costRows({ budgets, counted }: Report['cost']): string[][] {
  const rows = budgets.fast.map((fast, index) => {
    const lines = [fast, budgets.real[index] ?? fast];
    return [fast.what, ...lines.map(({ used }) => String(used)), ...verdict(...lines)];
  });
  const dollars = [counted.fast, counted.real].map((call) => `$${dollarsPerThousand(call).toFixed(3)}`);
  return [
    ['one call: say, gather, hang-up', 'speed 1000', 'real time', 'budget', ''],
    ...rows,
    ['price of these for 1,000 calls', ...dollars, '', ''],
  ];
}

const participantRows = (lines: CostLine[]): string[][] => [
  ['one participant of a conference: comes, talks, goes', 'used', 'budget', ''],
  ...lines.map((line) => [line.what, String(line.used), ...verdict(line)]),
];

const verdict = (...lines: CostLine[]): string[] =>
  lines[0]?.budget === undefined ? ['', ''] : [`<= ${lines[0].budget}`, lines.some(isOver) ? 'OVER' : 'OK'];

export function printTable(rows: string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join('   ').trimEnd());
  }
}
