import { env } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import { CallObject } from '../../../src/calls/object/object.ts';
import type { Instruction, LegEvent, Route } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { NUMBERS, ScriptedAsterisk } from './scripted-asterisk.ts';

/** What calls were told, by their legs. */
export const heard = new Map<string, LegEvent[]>();

export const typesOf = (leg: string): string[] => (heard.get(leg) ?? []).map(({ type }) => type);

export const untilHeard = (leg: string, ...types: string[]): Promise<void> =>
  until(() => expect(typesOf(leg)).toEqual(types));

/** Has calls note what they are told, and do nothing about it. */
export function stubCalls(): void {
  vi.spyOn(CallObject.prototype, 'legEvents').mockImplementation(async function (this: CallObject, events) {
    const leg = this.ctx.id.name ?? '';
    heard.set(leg, [...(heard.get(leg) ?? []), ...events]);
  });
}

let gateways = 0;

/** A gateway of its own for a test, connected and ready for calls. */
export async function connectedGateway(): Promise<ScriptedAsterisk> {
  gateways += 1;
  const asterisk = new ScriptedAsterisk(`gw-${crypto.randomUUID().slice(0, 8)}-${gateways}`);
  await asterisk.connect();
  await untilConnected(asterisk);
  return asterisk;
}

export const untilConnected = (asterisk: ScriptedAsterisk, is = true): Promise<void> =>
  until(async () => expect(await asterisk.isConnected()).toBe(is));

export const route = ({ id: gateway }: { id: string }, trunk = 'phones', capacity = 10): Route => ({
  gateway,
  trunk,
  capacity,
  gatewayCapacity: 100,
});

/** Sends instructions to a leg by the gateway that is its home, as its call would. */
export const perform = ({ id }: { id: string }, leg: string, first: number, ...instructions: Instruction[]) =>
  gatewayObject(env, id).perform({ leg, first, at: Date.now(), instructions });

/** Dials over routes, the first of which is at the gateway that becomes the leg's home. */
export async function dial(routes: Route[], to = NUMBERS.answers) {
  const id = newId('CA', Date.now());
  const home = { id: routes[0]?.gateway ?? '' };
  const result = await perform(home, id, 1, { do: 'dial', to, from: '+31851234567', routes });
  return { id, result };
}
