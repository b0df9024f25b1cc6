import { describe, expect, it } from 'vitest';
import { worldOf } from '../support/world.ts';

const { api, number } = worldOf(import.meta.url);
const order = (to: string) => ({ to, from: number, simulate: { speed: 1000 }, flow: [{ verb: 'hangup' }] });

async function place(to: string): Promise<string> {
  const { body } = await api.post('/calls', order(to));
  await api.ended(body.id);
  return String(body.id);
}

const ids = (body: Record<string, unknown>, of = 'calls') => (body[of] as { id: string }[]).map(({ id }) => id);

describe('the list of calls', () => {
  it('filters, pages and counts', async () => {
    const began = new Date().toISOString();
    const placed: string[] = [];
    for (const last of ['000', '001', '000', '001', '000']) placed.push(await place(`+493023125${last}`));
    placed.reverse();
    const since = `started_after=${began}`;

    const { body: all } = await api.get(`/calls?${since}`);
    expect(all).toMatchObject({ total: 5, page: 1, page_size: 50 });
    expect(ids(all)).toEqual(placed);

    const { body: second } = await api.get(`/calls?${since}&page=2&page_size=2`);
    expect(second).toMatchObject({ total: 5, page: 2, page_size: 2 });
    expect(ids(second)).toEqual(placed.slice(2, 4));

    const { body: busy } = await api.get(`/calls?${since}&status=busy&direction=outbound`);
    expect(busy.total).toBe(2);
    expect(ids(busy)).toEqual([placed[1], placed[3]]);

    expect((await api.get(`/calls?${since}&direction=inbound`)).body).toMatchObject({ total: 0, calls: [] });
    expect((await api.get(`/calls?started_before=2020-01-01`)).body).toMatchObject({ total: 0, calls: [] });
    expect((await api.get(`/calls?${since}&page=99`)).body).toMatchObject({ total: 5, calls: [] });
  });

  it('goes on by cursor to its end', async () => {
    for (let count = 0; count < 3; count++) await place('+493023125001');
    const seen: string[] = [];
    let path = '/calls?page_size=2';
    for (let next: unknown = ''; next !== undefined; ) {
      const { body } = await api.get(path);
      seen.push(...ids(body));
      next = body.next;
      path = `/calls?page_size=2&cursor=${next}`;
    }
    const { total } = (await api.get('/calls')).body;
    expect(new Set(seen).size).toBe(total);
    expect(seen).toEqual([...seen].sort().reverse());
  });

  it('shows a call as soon as it was placed', async () => {
    const { body } = await api.post('/calls', order('+493023125000'));
    expect(ids((await api.get('/calls')).body)).toContain(body.id);
  });
});

describe('conferences', () => {
  it('can be created and listed', async () => {
    const { status, body } = await api.post('/conferences', { friendly_name: 'Weekstart', max_participants: 12 });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'init',
      friendly_name: 'Weekstart',
      max_participants: 12,
      participant_count: 0,
    });
    expect(body.id).toMatch(/^CF[0-9a-f]{32}$/);
    const { body: bare } = await api.post('/conferences');
    expect(bare).toMatchObject({ status: 'init', max_participants: 100 });
    expect(bare).not.toHaveProperty('friendly_name');
    expect(ids((await api.get('/conferences')).body, 'conferences').slice(0, 2)).toEqual([bare.id, body.id]);
    const { body: first } = await api.get('/conferences?page_size=1');
    expect(first.next).toBe(bare.id);
    expect(ids((await api.get(`/conferences?page_size=1&cursor=${first.next}`)).body, 'conferences')).toEqual([
      body.id,
    ]);
  });

  it.each([
    [{ max_participants: 1 }, 'max_participants'],
    [{ max_participants: 251 }, 'max_participants'],
    [{ friendly_name: '' }, 'friendly_name'],
    [{ friendly_name: 7 }, 'friendly_name'],
  ])('of %j are refused', async (body, field) => {
    expect(await api.post('/conferences', body)).toMatchObject({ status: 422, body: { errors: [{ field }] } });
  });
});
