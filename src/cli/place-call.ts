import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GatewayError } from '../gateway-agent/errors.ts';
import { STATE_DIRECTORY } from '../gateway-agent/install.ts';
import { phoneNetworkAt } from '../gateway-agent/phone-network.ts';

const USAGE = `npm run gateway -- call --from NUMBER --to NUMBER [options]

Has a phone of the running phone network call the gateway, and prints how the call ended.

  --from NUMBER     the caller's number, or anonymous
  --to NUMBER       the number that is called, one of an account
  --digits DIGITS   the keys that the caller presses after the answer
  --after SECONDS   how long after the answer the caller presses them; default: 1
  --talk SECONDS    how long after the answer the caller hangs up; default: 30
  --ring SECONDS    how long the caller waits for an answer; default: 60
  --index N         the index of the gateway and the phone network; default: 0`;

/** Runs `npm run gateway -- call`, in another terminal than the gateway's. */
export async function placeCallFromTerminal(args: string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { from: text, to: text, digits: text, after: text, talk: text, ring: text, index: text },
  });
  const { from, to, digits = '', index = '0' } = values;
  if (from === undefined || to === undefined) throw new GatewayError(USAGE);
  const seconds = (given: string | undefined, otherwise: number) => (given === undefined ? otherwise : Number(given));
  const talkSeconds = seconds(values.talk, 30);
  const ringSeconds = seconds(values.ring, 60);
  const phones = phoneNetworkAt(join(STATE_DIRECTORY, 'root/srv', `phones-${Number(index)}`));
  const afterSeconds = seconds(values.after, 1);
  await phones.placeCall({ from, to, digits, gateway: Number(index), afterSeconds, talkSeconds, ringSeconds });
  console.log(`Calling ${to} as ${from} …`);
  const outcome = await phones.outcome({ from, to }, talkSeconds + ringSeconds + 10);
  console.log(`The call ended: ${outcome.status}, cause ${outcome.cause}. ${outcome.sip}`);
  console.log(`A recording of what the caller heard: ${phones.heard(from, to)}`);
}
