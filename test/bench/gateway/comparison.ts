import { whyNotInstallable } from '../../../src/gateway-agent/install.ts';
import { bareClientPlacer, workerPlacer } from './call-placers.ts';
import { type CallPlacers, type Measured, measureCalls } from './measure.ts';
import { startWorld } from './world.ts';

/** How much later than that of a bare originate our INVITE may leave, at the median. Nothing fails when this aim is missed. */
const AIM_MS = 25;
const WARM_UPS = 5;

export interface Comparison extends Record<keyof CallPlacers, Measured> {
  asterisk: string;
  aim: { milliseconds: number; later: number; holds: boolean };
}

/** Measures calls over SIP: those of the Worker, and those of a bare client on the same Asterisk. */
export async function measureGateway(calls: number, warmUps = WARM_UPS): Promise<Comparison | { skipped: string }> {
  const skipped = await whyNotInstallable();
  if (skipped !== undefined) return { skipped };
  const world = await startWorld();
  try {
    const { worker, customer, bare, gateway } = world;
    const sides = { ours: workerPlacer(worker.url, customer), bare: bareClientPlacer(bare, customer) };
    const measured = await measureCalls(sides, world, { calls, warmUps });
    for (const it of [measured.ours, measured.bare]) {
      // A figure without a single call behind it is worse than none.
      if (it.calls === 0) throw new Error(`No call went all the way: ${it.failures[0]}`);
    }
    const later = measured.ours.steps.invite.p50 - measured.bare.steps.invite.p50;
    return { asterisk: gateway.version, aim: { milliseconds: AIM_MS, later, holds: later <= AIM_MS }, ...measured };
  } finally {
    await world.end();
  }
}
