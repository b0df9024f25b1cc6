import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_RESPONSE_MS, TRYING_MS } from '../../../src/carriers/asterisk/trunk-timeout.ts';
import type { Route } from '../../../src/contracts/carrier.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import * as harness from './gateway-harness.ts';
import { connectedGateway, heard, perform, route, stubCalls, typesOf, untilHeard } from './gateway-harness.ts';
import type { ScriptedAsterisk } from './scripted-asterisk.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  stubCalls();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const dial = async (...routes: Route[]): Promise<string> => (await harness.dial(routes)).id;

/** Time passes, and the gateway's alarm rings. */
async function pass(milliseconds: number, { id }: ScriptedAsterisk): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(gatewayObject(env, id));
}

const dials = (asterisk: ScriptedAsterisk) => asterisk.requestsLike(/^POST channels$/).length;
const hungUp = (asterisk: ScriptedAsterisk) => asterisk.requestsLike(/^DELETE channels/);

describe('a trunk that says nothing', () => {
  it('is left for the next one when its time is over, and not before', async () => {
    const asterisk = await connectedGateway();
    asterisk.sipStatuses.set('silent', '');
    const id = await dial(route(asterisk, 'silent'), route(asterisk, 'b'));
    await pass(NO_RESPONSE_MS - 1, asterisk);
    expect(dials(asterisk)).toBe(1);
    await pass(1, asterisk);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    expect(dials(asterisk)).toBe(2);
    expect(hungUp(asterisk)).toEqual([`DELETE channels/${id}`]);
    await perform(asterisk, id, 2, { do: 'hangup' });
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
  });

  it('is left also when the object was evicted meanwhile', async () => {
    const asterisk = await connectedGateway();
    asterisk.sipStatuses.set('silent', '');
    const id = await dial(route(asterisk, 'silent'), route(asterisk, 'b'));
    await evictDurableObject(gatewayObject(env, asterisk.id));
    await pass(NO_RESPONSE_MS, asterisk);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
  });

  it('keeps its call when there is no other trunk, or none that could take the call', async () => {
    const asterisk = await connectedGateway();
    asterisk.sipStatuses.set('silent', '');
    const alone = await dial(route(asterisk, 'silent'));
    const full = await dial(route(asterisk, 'silent'), route(asterisk, 'b', 0));
    await pass(TRYING_MS, asterisk);
    expect(hungUp(asterisk)).toEqual([]);
    asterisk.destroy(alone, 18);
    await untilHeard(alone, 'leg.ended');
    asterisk.answer(full);
    await untilHeard(full, 'leg.answered');
  });

  it('has more time when it answers that it tries, and is never left once it reports progress', async () => {
    const asterisk = await connectedGateway();
    asterisk.sipStatuses.set('trying', 'SIP 100 Trying').set('announcing', 'SIP 183 Session Progress');
    const trying = await dial(route(asterisk, 'trying'), route(asterisk, 'b'));
    const announcing = await dial(route(asterisk, 'announcing'), route(asterisk, 'b'));
    await pass(NO_RESPONSE_MS, asterisk);
    expect(hungUp(asterisk)).toEqual([]);
    await pass(TRYING_MS - NO_RESPONSE_MS, asterisk);
    await untilHeard(trying, 'leg.ringing', 'leg.answered');
    expect(hungUp(asterisk)).toEqual([`DELETE channels/${trying}`]);
    expect(typesOf(announcing)).toEqual([]);
  });

  it('is hung up when its phone answers late after all, and the call goes on with the other phone', async () => {
    const asterisk = await connectedGateway();
    asterisk.sipStatuses.set('silent', '');
    asterisk.unanswered = /^DELETE channels/;
    const id = await dial(route(asterisk, 'silent'), route(asterisk, 'b'));
    await pass(NO_RESPONSE_MS, asterisk);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    asterisk.answer(id);
    await until(() => expect(hungUp(asterisk)).toEqual(Array(2).fill(`DELETE channels/${id}`)));
    asterisk.destroy(id, 16);
    asterisk.press(`${id}-t2`, '7');
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.digit');
  });

  it('is left for a trunk of another gateway, which the end of the old channel does not disturb', async () => {
    const [one, two] = [await connectedGateway(), await connectedGateway()];
    one.sipStatuses.set('silent', '');
    const id = await dial(route(one, 'silent'), route(two, 'b'));
    await pass(NO_RESPONSE_MS, one);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    await until(() => expect(one.channels.size).toBe(0));
    expect([...two.channels.keys()]).toEqual([id]);
    await perform(one, id, 2, { do: 'hangup' });
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
  });

  it('is not left for another when the call is hung up at the same moment', async () => {
    const asterisk = await connectedGateway();
    asterisk.sipStatuses.set('silent', '');
    const id = await dial(route(asterisk, 'silent'), route(asterisk, 'b'));
    vi.setSystemTime(Date.now() + NO_RESPONSE_MS);
    await Promise.all([
      runDurableObjectAlarm(gatewayObject(env, asterisk.id)),
      perform(asterisk, id, 2, { do: 'hangup' }),
    ]);
    await until(() => expect(typesOf(id)).toContain('leg.ended'));
    await until(() => expect(asterisk.channels.size).toBe(0));
    expect(typesOf(id).filter((type) => type === 'leg.ended')).toHaveLength(1);
  });

  it('ends the call when the others are congested', async () => {
    const asterisk = await connectedGateway();
    asterisk.sipStatuses.set('silent', '');
    asterisk.congested = ['b'];
    const id = await dial(route(asterisk, 'silent'), route(asterisk, 'b'));
    await pass(NO_RESPONSE_MS, asterisk);
    await untilHeard(id, 'leg.ended');
    expect(heard.get(id)?.at(-1)).toMatchObject({ cause: 'congestion' });
  });
});

it('a call never comes back to a gateway that has passed it on', async () => {
  const [one, two] = [await connectedGateway(), await connectedGateway()];
  one.congested = ['a'];
  two.congested = ['b'];
  const id = await dial(route(one, 'a'), route(two, 'b'), route(one, 'c'));
  await untilHeard(id, 'leg.ended');
  expect(heard.get(id)?.at(-1)).toMatchObject({ cause: 'congestion' });
});
