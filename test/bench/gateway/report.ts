import { printTable, type Report } from '../report.ts';
import type { Comparison } from './comparison.ts';
import { STEPS, type Step } from './measure.ts';

export type GatewayReport = Pick<Report, 'machine'> & (Comparison | { skipped: string });

export function printGatewayReport(report: GatewayReport): void {
  if ('skipped' in report) console.log(`SKIPPED: NO CALL WAS MEASURED. ${report.skipped}`);
  else printComparison(report);
}

function printComparison(report: GatewayReport & Comparison): void {
  const { machine, asterisk, aim, ours, bare } = report;
  console.log(`Asterisk ${asterisk}, Node ${machine.node}, workerd, all on ${machine.cpus} × ${machine.cpu}\n`);
  printTable(stepRows(report));
  console.log(`
Calls: ${ours.calls} of ours, ${bare.calls} bare, in turn, one at a time. Failed: ${ours.failures.length} and ${bare.failures.length}.
Bare: a program with a second socket of the same Asterisk that does the same by hand; its prompt lies at
the gateway and follows the key at once; ours lies ready at the Worker, and comes when the customer has answered.
Everything is on this machine, and all times are read in one process: no network is in between.`);
  for (const failure of new Set([...ours.failures, ...bare.failures])) console.log(`  ${failure}`);
  const later = `${aim.later.toFixed(1)} ms later than the bare originate's at the median`;
  console.log(`\nOur INVITE left ${later}; the aim is ${aim.milliseconds} ms: ${aim.holds ? 'HOLDS' : 'MISSED'}.`);
}

function stepRows({ ours, bare }: Comparison): string[][] {
  const ms = (value: number) => value.toFixed(1);
  const rows = (Object.keys(STEPS) as Step[]).map((step) => {
    const [our, least] = [ours.steps[step], bare.steps[step]];
    const spreads = [our.p50, our.p95, least.p50, least.p95, our.p50 - least.p50, our.p95 - least.p95];
    return [STEPS[step], ...spreads.map(ms), (our.p50 / least.p50).toFixed(2)];
  });
  return [['step, in ms', 'ours p50', 'p95', 'bare p50', 'p95', 'later p50', 'p95', 'ratio p50'], ...rows];
}
