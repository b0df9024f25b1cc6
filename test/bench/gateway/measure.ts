import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../../src/gateway-agent/errors.ts';
import { percentile } from '../load.ts';
import type { CallPlacer } from './call-placers.ts';
import type { FlowServer } from './flow-server.ts';
import type { Phone } from './phone.ts';

/** The milliseconds that each step of one call took. */
interface Times {
  invite: number;
  flow: number;
  prompt: number;
}

export type Step = keyof Times;

export interface Spread {
  p50: number;
  p95: number;
}

export interface Measured {
  /** How many calls went all the way, and what stopped the others. */
  calls: number;
  failures: string[];
  steps: Record<Step, Spread>;
}

export const STEPS: Record<Step, string> = {
  invite: 'POST /calls, or originate → INVITE',
  flow: "200 OK → the customer's server is asked",
  prompt: 'key released → the next prompt is heard',
};

/** Steps have pauses between them, as with people: what the step before set off is over when the next one begins. */
const PAUSE_MS = 250;

export interface CallPlacers {
  ours: CallPlacer;
  bare: CallPlacer;
}

/** Measures calls one after the other, the Worker's and the bare client's in turn, so that both meet the machine in the same condition. */
export async function measureCalls(
  sides: CallPlacers,
  { phone, customer }: { phone: Phone; customer: FlowServer },
  { calls, warmUps }: { calls: number; warmUps: number },
): Promise<Record<keyof CallPlacers, Measured>> {
  const times = { ours: [] as Times[], bare: [] as Times[] };
  const failures = { ours: [] as string[], bare: [] as string[] };
  for (let n = 0; n < warmUps + calls; n++) {
    for (const side of ['ours', 'bare'] as const) {
      try {
        const taken = await measureCall(sides[side], phone, customer);
        if (n >= warmUps) times[side].push(taken);
      } catch (error) {
        if (n >= warmUps) failures[side].push(reasonOf(error));
        await phone.clear().catch(() => undefined);
      }
      await sleep(PAUSE_MS);
    }
  }
  const measured = (side: keyof CallPlacers): Measured => summary(times[side], failures[side]);
  return { ours: measured('ours'), bare: measured('bare') };
}

async function measureCall(side: CallPlacer, phone: Phone, customer: FlowServer): Promise<Times> {
  const next = phone.nextCall();
  const began = performance.now();
  const [call] = await Promise.all([next, side.place()]);
  call.ring();
  await sleep(PAUSE_MS);
  const asked = customer.next(side.answerPath);
  const [askedAt, pickedUpAt] = await Promise.all([asked, call.pickUp()]);
  await sleep(PAUSE_MS);
  const heard = call.nextSound();
  const [heardAt, releasedAt] = await Promise.all([heard, call.press('5')]);
  await call.hangUp();
  return { invite: call.invitedAt - began, flow: askedAt - pickedUpAt, prompt: heardAt - releasedAt };
}

function summary(times: Times[], failures: string[]): Measured {
  const spread = (step: Step): Spread => {
    const sorted = times.map((it) => it[step]).sort((a, b) => a - b);
    return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
  };
  const steps = { invite: spread('invite'), flow: spread('flow'), prompt: spread('prompt') };
  return { calls: times.length, failures, steps };
}
