import { describe, expect, it } from 'vitest';
import type { Json } from '../support/api.ts';
import { Gathering } from '../support/gathering.ts';
import { answerJson, type Posted } from '../support/hook-server.ts';
import { ownWorker } from '../support/own-worker.ts';
import { until } from '../support/until.ts';
import { worldOf } from '../support/world.ts';

const worker = ownWorker();
const world = () => worldOf(import.meta.url, worker.url);
const client = () => world().api;

/** The Worker is killed twice, in the middle of all the stories below, which go on side by side. */
const crash = async () => {
  await worker.kill();
  await worker.start();
};
const [first, second] = [new Gathering(crash), new Gathering(crash)];

const untilShown = (path: string, what: Json) =>
  until(async () => expect((await client().get(path)).body).toMatchObject(what));

/** Since `speaker` was muted, or has left. */
const untilSilent = (listener: string, speaker: string) =>
  until(async () => {
    const { heard } = (await client().get(`/simulator/calls/${listener}/heard`)).body as { heard: Json[] };
    expect(heard.findLast(({ call }) => call === speaker)).toHaveProperty('to');
  });

/** A delivery whose report was lost is made again, under the same id. */
const onceEach = (posted: Posted[]) => [...new Map(posted.map(({ id, body }) => [id, body])).entries()];
const typesOf = (posted: Posted[]) => onceEach(posted).map(([, { type }]) => type);

describe.concurrent('kill -9 of the running Worker', () => {
  it('in the middle of a call loses nothing: the call ends properly and every callback arrives', async () => {
    using killed = first.join();
    const menu = {
      verb: 'gather',
      numDigits: 1,
      action: '/bye',
      timeout: 60,
      prompts: [{ verb: 'say', text: 'Kies' }],
    };
    await using hook = await world().hookServer({
      '/menu': answerJson([menu]),
      '/bye': answerJson([{ verb: 'pause', length: 1 }]),
    });
    const digits = [{ after: 20, digits: '1' }];
    const order = { url: `${hook.url}/menu`, status_callback: `${hook.url}/status`, simulate: { speed: 1, digits } };
    const id = await client().place(order);
    await client().untilEvent(id, 'verb.started');
    await killed.arrive();
    expect(await client().ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    await until(() =>
      expect(typesOf(hook.at('/status'))).toEqual(['call.ringing', 'call.in-progress', 'call.completed']),
    );
    const requests = onceEach([...hook.at('/menu'), ...hook.at('/bye')]).map(([, { data }]) => data);
    expect(requests.map(({ event, digits: pressed }) => [event, pressed])).toEqual([
      ['answered', undefined],
      ['gather', '1'],
    ]);
  });

  it('while the customer is away loses no callback, and keeps their order', async () => {
    using killed = first.join();
    let away = true;
    const accepted: Posted[] = [];
    await using hook = await world().hookServer({
      '/status': (response, posted) => {
        if (!away) accepted.push(posted);
        response.writeHead(away ? 503 : 204).end();
      },
    });
    const id = await client().place({ flow: [{ verb: 'pause', length: 1 }], status_callback: `${hook.url}/status` });
    await client().ended(id);
    await client().untilEvent(id, 'callback.failed');
    await killed.arrive();
    away = false;
    await client().untilEvent(id, 'callback.delivered', 3);
    expect(typesOf(accepted)).toEqual(['call.ringing', 'call.in-progress', 'call.completed']);
    expect(accepted[0]?.id).toBe(hook.posted[0]?.id);
  });

  it('while calls dial others, and while they talk, ends all as if nothing had been', async () => {
    using killed = first.join();
    using killedAgain = second.join();
    await using hook = await world().hookServer({ '/after': answerJson([{ verb: 'hangup' }]) });
    const dial = { verb: 'dial', number: '+493023125007', action: `${hook.url}/after` };
    // Answered one after the other, so that the crashes find each of them doing something else.
    const simulate = (n: number) => ({ speed: 1, ring_after: 0, answer_after: n / 2 });
    const orders = Array.from({ length: 20 }, (_, n) => ({ flow: [dial], simulate: simulate(n) }));
    const calls = await Promise.all(orders.map((order) => client().place(order)));
    await client().untilEvent(calls[0], 'dial.placed');
    await killed.arrive();
    const [placed] = await client().untilEvent(calls[15], 'dial.placed');
    await client().untilEvent(placed?.call, 'call.in-progress');
    await killedAgain.arrive();
    for (const id of calls) {
      expect(await client().ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
      const [dialled] = await client().untilEvent(id, 'dial.placed');
      expect(await client().ended(dialled?.call)).toMatchObject({ status: 'completed', end_reason: 'hangup' });
    }
    const results = hook.requests().map(({ event, dial_call_status: status }) => `${event} ${status}`);
    expect(new Set(results)).toEqual(new Set(['dial completed']));
  });

  it('while three are in a conference: it goes on, and its events come once and in order', async () => {
    using killed = first.join();
    using killedAgain = second.join();
    await using hook = await world().hookServer({ '/after': answerJson([{ verb: 'hangup' }]) });
    const events = () => onceEach(hook.at('/conference')).map(([, body]) => body);
    const conference = {
      verb: 'conference',
      name: 'crash',
      action: `${hook.url}/after`,
      statusCallback: `${hook.url}/conference`,
    };
    const enter = () =>
      client().place({ flow: [conference], simulate: { speed: 1, ring_after: 0.1, answer_after: 0.1 } });
    const [anna, ben, carl] = [await enter(), await enter(), await enter()];
    const [entered] = await client().untilEvent(anna, 'conference.entered');
    const path = `/conferences/${entered?.conference}`;
    await until(() => expect(events()).toHaveLength(4));
    await killed.arrive();
    expect((await client().get(path)).body).toMatchObject({ participant_count: 3 });
    expect(await client().send('PATCH', `${path}/participants/${anna}`, { muted: true })).toMatchObject({
      status: 200,
    });
    await untilSilent(ben, anna);
    expect((await client().delete(`${path}/participants/${carl}`)).status).toBe(204);
    await killedAgain.arrive();
    expect(await client().ended(carl)).toMatchObject({ end_reason: 'flow-ended' });
    await client().delete(`/calls/${anna}`);
    await untilShown(path, { participant_count: 1 });
    await client().delete(path);
    expect(await client().ended(ben)).toMatchObject({ end_reason: 'flow-ended' });
    await untilShown(path, { status: 'completed', end_reason: 'ended-via-api' });
    // The wake-up of a consumer that was lost with the Worker is sent again after a minute.
    await until(() => expect(events().at(-1)?.type).toBe('conference.ended'));
    expect(events().map(({ sequence }) => sequence)).toEqual(events().map((_, index) => index + 1));
    expect(events().map(({ type }) => type)).toEqual([
      'participant.joined',
      'participant.joined',
      'conference.started',
      'participant.joined',
      'participant.muted',
      'participant.left',
      'participant.left',
      'participant.left',
      'conference.ended',
    ]);
  });

  it('in the middle of a recording: it is completed, once, and told', async () => {
    using killed = first.join();
    await using hook = await world().hookServer();
    const digits = [{ after: 0.2, digits: '1', after_prompt: true }];
    const id = await client().place({
      flow: [{ verb: 'pause', length: 600 }],
      record: true,
      recording_notice: 'Record: 1.',
      recording_status_callback: `${hook.url}/recorded`,
      simulate: { speed: 1, answer_after: 0, digits },
    });
    await client().untilEvent(id, 'recording.started');
    await killed.arrive();
    await untilShown(`/recordings?call_id=${id}`, { recordings: [{ status: 'in-progress' }], total: 1 });
    await until(async () => expect((await client().delete(`/calls/${id}`)).status).toBe(204));
    expect(await client().ended(id)).toMatchObject({ status: 'completed', end_reason: 'api' });
    await untilShown(`/recordings?call_id=${id}`, { recordings: [{ status: 'completed' }], total: 1 });
    const told = await hook.untilPosted('/recorded', 1);
    expect(onceEach(told)).toHaveLength(1);
  });

  it('right after a call was accepted still makes the call', async () => {
    using killed = first.join();
    const order = { flow: [{ verb: 'hangup' }], simulate: { speed: 1 } };
    const ids: string[] = [];
    await killed.arrive(async () => {
      ids.push(...(await Promise.all(Array.from({ length: 10 }, () => client().place(order)))));
    });
    expect(ids).toHaveLength(10);
    for (const id of ids) expect(await client().ended(id)).toMatchObject({ status: 'completed' });
  });
});

it('no call is left behind on any list when all that was killed is over', async () => {
  for (const status of ['queued', 'ringing', 'in-progress']) await untilShown(`/calls?status=${status}`, { total: 0 });
  expect((await client().get('/calls?status=completed')).body.total).toBeGreaterThanOrEqual(10);
});
