import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiClient, type Json } from '../support/api.ts';
import { answerJson } from '../support/hook-server.ts';
import { worldOf } from '../support/world.ts';

const { api, number: own, hookServer } = worldOf(import.meta.url);
const ANSWERS = '+493023125000';
const BUSY = '+493023125001';
const NEVER = '+493023125002';
const NOBODY = '+493023125003';
const HANGS_UP = '+493023125007';

let hook: Awaited<ReturnType<typeof hookServer>>;

beforeEach(async () => {
  hook = await hookServer({
    '/after': answerJson([{ verb: 'hangup' }]),
    '/accept': answerJson([{ verb: 'say', text: 'Een gesprek' }]),
    '/refuse': answerJson([{ verb: 'hangup' }]),
  });
});
afterEach(() => hook.close());

/** Connected calls' time runs by itself: at this speed, a busy machine does not let it run away from what is done meanwhile. */
const BRISKLY = { simulate: { speed: 20 } };

/** Places a call whose flow dials, and asks /after what comes next. */
const dials = (attributes: Json, order: Json = {}): Promise<string> => {
  const dial = { verb: 'dial', action: `${hook.url}/after`, ...attributes };
  return api.place({ flow: [dial, { verb: 'say', text: 'En verder' }], ...order });
};

const children = async (id: string, count = 1): Promise<string[]> =>
  (await api.untilEvent(id, 'dial.placed', count)).map(({ call }) => String(call));

const result = () => hook.requests().find(({ event }) => event === 'dial');

describe('a call that dials someone', () => {
  it('is connected: both hear each other until the other one hangs up, and the flow is told', async () => {
    const id = await dials({ number: HANGS_UP }, { simulate: { speed: 1 } });
    const [child = ''] = await children(id);
    expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    expect(await api.ended(child)).toMatchObject({
      status: 'completed',
      direction: 'outbound',
      parent_call_id: id,
      from: own,
      to: HANGS_UP,
      end_reason: 'hangup',
    });
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_call_id: child, dial_bridged: 'true' });
    for (const [one, other] of [
      [id, child],
      [child, id],
    ]) {
      const { heard } = (await api.get(`/simulator/calls/${one}/heard`)).body as { heard: Json[] };
      expect(heard.filter(({ what }) => what === 'voice')).toMatchObject([{ call: other }]);
    }
  });

  it.each([
    [BUSY, 'busy'],
    [NOBODY, 'failed'],
    [NEVER, 'no-answer'],
  ])('that cannot be reached at %s tells its flow: %s', async (number, status) => {
    const id = await dials({ number, timeout: status === 'no-answer' ? 5 : 600 }, BRISKLY);
    const [child = ''] = await children(id);
    await api.ended(id);
    expect(result()).toMatchObject({ dial_call_status: status, dial_call_id: child, dial_bridged: 'false' });
    expect(await api.ended(child)).toMatchObject({ status, duration: 0, price: '0.00' });
  });

  it('without an action goes on with the next verb', async () => {
    const id = await dials({ number: BUSY, action: undefined });
    await api.ended(id);
    expect((await api.events(id)).filter(({ type }) => type === 'verb.started')).toMatchObject([
      { verb: 'dial' },
      { verb: 'say' },
    ]);
  });

  it('takes the other one with it when it gives up while that rings', async () => {
    const id = await dials({ number: NEVER, timeout: 600 }, { simulate: { speed: 1 } });
    const [child = ''] = await children(id);
    await api.untilEvent(child, 'call.ringing');
    await api.delete(`/calls/${id}`);
    expect(await api.ended(child)).toMatchObject({ status: 'canceled', end_reason: 'canceled' });
    await api.untilEvent(id, 'flow.requested');
    expect(result()).toMatchObject({ dial_call_status: 'canceled', dial_bridged: 'false' });
    expect(result()?.call).toMatchObject({ status: 'completed' });
  });

  it.each([
    ['the caller', 0],
    ['the other one', 1],
  ])('ends properly when %s is hung up by DELETE', async (_who, at) => {
    const id = await dials({ number: ANSWERS }, BRISKLY);
    const [child = ''] = await children(id);
    await api.untilEvent(id, 'dial.connected');
    await api.delete(`/calls/${[id, child][at]}`);
    expect(await api.ended(id)).toMatchObject({ status: 'completed' });
    expect(await api.ended(child)).toMatchObject({ status: 'completed' });
    await api.untilEvent(id, 'flow.requested');
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_bridged: 'true' });
  });

  it('ends the talk after its timeLimit', async () => {
    const id = await dials({ number: ANSWERS, timeLimit: 3 });
    const [child = ''] = await children(id);
    await api.ended(id);
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_call_duration: '3' });
    expect(await api.ended(child)).toMatchObject({ status: 'completed' });
  });

  it('ends the talk with the star key where it says so', async () => {
    const digits = [20, 40, 80, 160, 320, 640].map((after) => ({ after, digits: '*' }));
    const id = await dials({ number: ANSWERS, hangupOnStar: true }, { simulate: { speed: 20, digits } });
    await api.ended(id);
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_bridged: 'true' });
  });
});

describe('several', () => {
  const targets = (...numbers: string[]) => ({ targets: numbers.map((to) => ({ noun: 'number', to })) });

  it('ring at once: the first that answers is connected, and the others are let go', async () => {
    const id = await dials({ ...targets(NEVER, HANGS_UP, BUSY), timeout: 600 }, BRISKLY);
    const [never = '', answers = '', busy = ''] = await children(id, 3);
    await api.ended(id);
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_call_id: answers });
    expect(await api.ended(never)).toMatchObject({ status: 'canceled' });
    expect(await api.ended(busy)).toMatchObject({ status: 'busy' });
  });

  it('ring one after the other where it says so, until one answers', async () => {
    const id = await dials({ ...targets(BUSY, HANGS_UP, ANSWERS), sequential: true, timeout: 600 }, BRISKLY);
    await api.ended(id);
    const placed = await children(id);
    expect(placed).toHaveLength(2);
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_call_id: placed[1] });
  });
});

describe('who is dialled', () => {
  const target = (attributes: Json, to = ANSWERS) => ({ targets: [{ noun: 'number', to, ...attributes }] });

  it('hears a whisper first, and is connected when it is over', async () => {
    const id = await dials(target({ url: `${hook.url}/accept` }), BRISKLY);
    const [child = ''] = await children(id);
    await api.untilEvent(id, 'dial.connected');
    await api.delete(`/calls/${child}`);
    await api.ended(id);
    expect(hook.requests().map(({ event }) => event)).toContain('whisper');
    expect(result()).toMatchObject({ dial_bridged: 'true' });
    const types = (await api.events(child)).map(({ type }) => type);
    expect(types).toContain('verb.started');
  });

  it('is not connected when the whisper hangs up', async () => {
    const id = await dials(target({ url: `${hook.url}/refuse` }));
    await api.ended(id);
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_bridged: 'false' });
  });

  it('reports the changes that were asked for', async () => {
    const id = await dials(
      target({ statusCallback: `${hook.url}/child`, statusCallbackEvent: 'initiated answered completed' }, HANGS_UP),
    );
    const [child = ''] = await children(id);
    await api.ended(id);
    await hook.untilPosted('/child', 3);
    const told = hook.posted.filter(({ path }) => path === '/child').map(({ body }) => body);
    expect(told.map(({ type }) => type)).toEqual(['call.queued', 'call.in-progress', 'call.completed']);
    expect(told.map(({ data }) => (data as Json).parent_call_id)).toEqual([id, id, id]);
    expect(told.map(({ data }) => (data as Json).id)).toEqual([child, child, child]);
  });

  it('sees no number that is not the account’s', async () => {
    const told = { statusCallback: `${hook.url}/child`, statusCallbackEvent: 'initiated completed' };
    const id = await dials({ callerId: '+31857654321', ...target(told, ANSWERS) });
    const [child = ''] = await children(id);
    await api.ended(id);
    expect(await api.events(id)).toContainEqual(
      expect.objectContaining({ type: 'dial.refused', call: child, code: 'caller_id_not_owned' }),
    );
    expect(result()).toMatchObject({ dial_call_status: 'failed', dial_call_id: child, dial_bridged: 'false' });
    const refused = { status: 'failed', end_reason: 'caller-id-not-owned', duration: 0, price: '0.00' };
    expect(await api.call(child)).toMatchObject(refused);
    await hook.untilPosted('/child', 2);
    expect(hook.at('/child').map(({ body }) => body.type)).toEqual(['call.queued', 'call.failed']);
  });

  it('belongs to the account alone', async () => {
    const id = await dials({ number: BUSY });
    const [child = ''] = await children(id);
    expect(await apiClient('tf_test_other').get(`/calls/${child}`)).toMatchObject({ status: 404 });
    expect((await api.get('/calls?page_size=100')).body.calls).toContainEqual(
      expect.objectContaining({ id: child, parent_call_id: id }),
    );
  });
});
