import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallObject } from '../../../src/calls/object/object.ts';
import { SILENT_MS, TRYING_MS } from '../../../src/carriers/asterisk/trunk-timeout.ts';
import type { Instruction, LegEvent, Route } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { NUMBERS, ScriptedAsterisk } from './scripted.ts';

const heard = new Map<string, LegEvent[]>();
const typesOf = (leg: string) => (heard.get(leg) ?? []).map(({ type }) => type);
const untilHeard = (leg: string, ...types: string[]) => until(() => expect(typesOf(leg)).toEqual(types));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  vi.spyOn(CallObject.prototype, 'legEvents').mockImplementation(async function (this: CallObject, events) {
    const leg = this.ctx.id.name ?? '';
    heard.set(leg, [...(heard.get(leg) ?? []), ...events]);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

let gateways = 0;

async function aGateway(): Promise<ScriptedAsterisk> {
  gateways += 1;
  const asterisk = new ScriptedAsterisk(`gw-silent-${gateways}`);
  await asterisk.connect();
  await until(async () => expect(await asterisk.connected()).toBe(true));
  return asterisk;
}

const route = ({ id: gateway }: ScriptedAsterisk, trunk: string, capacity = 10): Route => ({
  gateway,
  trunk,
  capacity,
  gatewayCapacity: 10,
});

const tell = (home: ScriptedAsterisk, leg: string, first: number, ...instructions: Instruction[]) =>
  gatewayObject(env, home.id).perform({ leg, first, at: Date.now(), instructions });

async function dial(home: ScriptedAsterisk, routes: Route[], to = NUMBERS.answers): Promise<string> {
  const id = newId('CA', Date.now());
  await tell(home, id, 1, { do: 'dial', to, from: '+31851234567', routes });
  return id;
}

async function pass(milliseconds: number, asterisk: ScriptedAsterisk): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(gatewayObject(env, asterisk.id));
}

const dials = (asterisk: ScriptedAsterisk) => asterisk.about(/^POST channels$/).length;
const hungUp = (asterisk: ScriptedAsterisk) => asterisk.about(/^DELETE channels/);

describe('a trunk that says nothing', () => {
  it('is left for the next one when its time is over, and not before', async () => {
    const asterisk = await aGateway();
    asterisk.saying.set('silent', '');
    const id = await dial(asterisk, [route(asterisk, 'silent'), route(asterisk, 'b')]);
    await pass(SILENT_MS - 1, asterisk);
    expect(dials(asterisk)).toBe(1);
    await pass(1, asterisk);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    expect(dials(asterisk)).toBe(2);
    expect(hungUp(asterisk)).toEqual([`DELETE channels/${id}`]);
    await tell(asterisk, id, 2, { do: 'hangup' });
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
  });

  it('is left also when the object was evicted meanwhile', async () => {
    const asterisk = await aGateway();
    asterisk.saying.set('silent', '');
    const id = await dial(asterisk, [route(asterisk, 'silent'), route(asterisk, 'b')]);
    await evictDurableObject(gatewayObject(env, asterisk.id));
    await pass(SILENT_MS, asterisk);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
  });

  it('is waited for as before when there is no other, or none that could take the call', async () => {
    const asterisk = await aGateway();
    asterisk.saying.set('silent', '');
    const alone = await dial(asterisk, [route(asterisk, 'silent')]);
    const full = await dial(asterisk, [route(asterisk, 'silent'), route(asterisk, 'b', 0)]);
    await pass(TRYING_MS, asterisk);
    expect(hungUp(asterisk)).toEqual([]);
    asterisk.destroy(alone, 18);
    await untilHeard(alone, 'leg.ended');
    asterisk.answer(full);
    await untilHeard(full, 'leg.answered');
  });

  it('has more time when it says that it tries, and is never left once it has gone further', async () => {
    const asterisk = await aGateway();
    asterisk.saying.set('trying', 'SIP 100 Trying').set('announcing', 'SIP 183 Session Progress');
    const trying = await dial(asterisk, [route(asterisk, 'trying'), route(asterisk, 'b')]);
    const announcing = await dial(asterisk, [route(asterisk, 'announcing'), route(asterisk, 'b')]);
    await pass(SILENT_MS, asterisk);
    expect(hungUp(asterisk)).toEqual([]);
    await pass(TRYING_MS - SILENT_MS, asterisk);
    await untilHeard(trying, 'leg.ringing', 'leg.answered');
    expect(hungUp(asterisk)).toEqual([`DELETE channels/${trying}`]);
    expect(typesOf(announcing)).toEqual([]);
  });

  it('that is answered late after all is hung up, and the call goes on with the other phone', async () => {
    const asterisk = await aGateway();
    asterisk.saying.set('silent', '');
    asterisk.silentAbout = /^DELETE channels/;
    const id = await dial(asterisk, [route(asterisk, 'silent'), route(asterisk, 'b')]);
    await pass(SILENT_MS, asterisk);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    asterisk.answer(id);
    await until(() => expect(hungUp(asterisk)).toEqual(Array(2).fill(`DELETE channels/${id}`)));
    asterisk.destroy(id, 16);
    asterisk.press(`${id}-t2`, '7');
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.digit');
  });

  it('is left for a trunk of another gateway, which the end of the old channel does not disturb', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    one.saying.set('silent', '');
    const id = await dial(one, [route(one, 'silent'), route(two, 'b')]);
    await pass(SILENT_MS, one);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    await until(() => expect(one.channels.size).toBe(0));
    expect([...two.channels.keys()]).toEqual([id]);
    await tell(one, id, 2, { do: 'hangup' });
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
  });

  it('is not left for anything when the call is hung up at the same moment', async () => {
    const asterisk = await aGateway();
    asterisk.saying.set('silent', '');
    const id = await dial(asterisk, [route(asterisk, 'silent'), route(asterisk, 'b')]);
    vi.setSystemTime(Date.now() + SILENT_MS);
    await Promise.all([
      runDurableObjectAlarm(gatewayObject(env, asterisk.id)),
      tell(asterisk, id, 2, { do: 'hangup' }),
    ]);
    await until(() => expect(typesOf(id)).toContain('leg.ended'));
    await until(() => expect(asterisk.channels.size).toBe(0));
    expect(typesOf(id).filter((type) => type === 'leg.ended')).toHaveLength(1);
  });

  it('ends the call when the others are congested', async () => {
    const asterisk = await aGateway();
    asterisk.saying.set('silent', '');
    asterisk.congested = ['b'];
    const id = await dial(asterisk, [route(asterisk, 'silent'), route(asterisk, 'b')]);
    await pass(SILENT_MS, asterisk);
    await untilHeard(id, 'leg.ended');
    expect(heard.get(id)?.at(-1)).toMatchObject({ cause: 'congestion' });
  });
});

it('a call never comes back to a gateway that has passed it on', async () => {
  const [one, two] = [await aGateway(), await aGateway()];
  one.congested = ['a'];
  two.congested = ['b'];
  const id = await dial(one, [route(one, 'a'), route(two, 'b'), route(one, 'c')]);
  await untilHeard(id, 'leg.ended');
  expect(heard.get(id)?.at(-1)).toMatchObject({ cause: 'congestion' });
});
