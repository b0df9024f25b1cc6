import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GatewayError } from '../gateway-agent/errors.ts';
import { STATE_DIRECTORY } from '../gateway-agent/install.ts';
import { callsOf } from '../gateway-agent/phone-network.ts';

const USAGE = `npm run gateway -- call --from NUMBER --to NUMBER [options]

Lets a phone of the running phone network call the gateway, and tells how the call ended.

  --digits DIGITS   pressed after the answer
  --after SECONDS   how long after; 1 unless given
  --talk SECONDS    the caller hangs up this long after the answer; 30 unless given
  --ring SECONDS    the caller gives up without an answer; 60 unless given
  --index N         of the gateway and the phone network`;

/** `npm run gateway -- call`: an inbound call from another terminal. */
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
  const calls = callsOf(join(STATE_DIRECTORY, 'root/srv', `phones-${Number(index)}`));
  const afterSeconds = seconds(values.after, 1);
  await calls.placeCall({ from, to, digits, gateway: Number(index), afterSeconds, talkSeconds, ringSeconds });
  console.log(`Calling ${to} as ${from} …`);
  const outcome = await calls.outcome({ from, to }, talkSeconds + ringSeconds + 10);
  console.log(`The call ended: ${outcome.status}, cause ${outcome.cause}. ${outcome.sip}`);
  console.log(`What the caller heard: ${calls.heard(from, to)}`);
}
