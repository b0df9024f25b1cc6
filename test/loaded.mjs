/**
 * `npm run test:loaded`: whole runs of the tests, one after the other, while other processes keep the machine busy. A test that
 * a slow machine fails waits on real time somewhere. Ends with the first run that fails.
 */
import { spawn, spawnSync } from 'node:child_process';

const RUNS = 3;
const BUSY_PROCESSES = 4;

/** Until the process that wanted it is gone, however it ended. */
const BURN = 'for (const parent = process.ppid; process.ppid === parent; );';

const busy = Array.from({ length: BUSY_PROCESSES }, () => spawn(process.execPath, ['-e', BURN], { stdio: 'ignore' }));
process.on('exit', () => {
  for (const it of busy) it.kill();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

for (let run = 1; run <= RUNS; run++) {
  const begun = Date.now();
  const { status } = spawnSync('npm', ['test'], { stdio: 'inherit' });
  process.stdout.write(
    `run ${run} of ${RUNS} under load: ${status === 0 ? 'green' : 'failed'} after ${((Date.now() - begun) / 60_000).toFixed(1)} minutes\n`,
  );
  if (status !== 0) process.exit(1);
}
process.exit(0);
