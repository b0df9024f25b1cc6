import { setTimeout as sleep } from 'node:timers/promises';
import { type Customer, startCustomer } from './customer.ts';
import { FROM, KEY } from './database.ts';
import type { CountedCall, Tally } from './tally.ts';

export interface CallToCount {
  /** How much faster than real the call runs. */
  speed: number;
  /**
   * Runs the call's alarms by hand as soon as nothing else happens, instead of waiting for them: the same counts in a
   * few seconds. Only for a call in real time.
   */
  hurry?: boolean;
}

/** How long nothing must change before everything is taken to be over. */
const QUIET_MS = 400;

/** Makes one whole call through a counting Worker at `url` and answers with everything that it used. */
export async function countCall(url: string, wanted: CallToCount): Promise<CountedCall> {
  const customer = await startCustomer();
  try {
    await fetch(`${url}/tally`, { method: 'DELETE' });
    const id = await placeCall(url, customer, wanted);
    if (wanted.hurry) {
      await until('the answer', () => customer.callbacks.includes('call.in-progress'));
      await quiet(url);
      await ring(url, id);
    }
    await until('the last callback', () => customer.callbacks.includes('call.completed'));
    await quiet(url);
    if (wanted.hurry) await ringUntilSilent(url, id);
    else await until('the last alarm', async () => !(await isArmed(url, id)));
    const { callbacks, flowRequests } = customer;
    return { tally: await quiet(url), callbacks, flowRequests: flowRequests() };
  } finally {
    await customer.close();
  }
}

/**
 * Two prompts and one gather, whose key is answered with a hang-up. The key is long in coming, as in life: by then the
 * alarm of the call's beginning has run.
 */
async function placeCall(url: string, customer: Customer, { speed, hurry }: CallToCount): Promise<string> {
  const response = await fetch(`${url}/v1/voice/calls`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    body: JSON.stringify({
      to: '+493023125000',
      from: FROM,
      status_callback: customer.statusUrl,
      flow: [
        { verb: 'say', text: 'Hi.' },
        {
          verb: 'gather',
          numDigits: 1,
          timeout: 60,
          action: customer.flowUrl,
          prompts: [{ verb: 'say', text: 'Key?' }],
        },
      ],
      simulate: {
        ring_after: 0.1,
        answer_after: 0.3,
        digits: [{ after: hurry ? 3 : 12, digits: '1', after_prompt: true }],
        speed,
      },
    }),
  });
  const answer = (await response.json()) as { id: string };
  if (response.status !== 201) throw new Error(`POST /calls: ${response.status} ${JSON.stringify(answer)}`);
  return answer.id;
}

export const isArmed = (url: string, id: string): Promise<unknown> => ask(`${url}/alarm/${id}`);

export async function ring(url: string, id: string): Promise<void> {
  await ask(`${url}/alarm/${id}`, 'POST');
  await quiet(url);
}

async function ringUntilSilent(url: string, id: string): Promise<void> {
  for (let rings = 0; await isArmed(url, id); rings++) {
    if (rings === 5) throw new Error('The alarm of a call that is over sets itself again and again.');
    await ring(url, id);
  }
}

/** The tally, once it has stood still for a while. */
export async function quiet(url: string): Promise<Tally> {
  for (let last = await ask(`${url}/tally`); ; ) {
    await sleep(QUIET_MS);
    const now = await ask(`${url}/tally`);
    if (JSON.stringify(now) === JSON.stringify(last)) return now as Tally;
    last = now;
  }
}

export const ask = async (url: string, method = 'GET'): Promise<unknown> => (await fetch(url, { method })).json();

export async function until(what: string, isTrue: () => boolean | Promise<boolean>, every = 50): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await sleep(every);
  }
}
