import { describe, expect, it } from 'vitest';
import { apiClient, type Json } from '../support/api.ts';
import { answerJson } from '../support/hook-server.ts';
import { until } from '../support/until.ts';
import { worldOf } from '../support/world.ts';

const { api, live, hookServer } = worldOf(import.meta.url);
const strangers = [
  ['another account', apiClient('tf_test_other')],
  ['the same account with a live key', live],
] as const;

const CONSENT = {
  phone_number: '+31201234567',
  basis: 'opt-in',
  obtained_at: '2026-01-15T09:30:00Z',
  obtained_how: 'web form',
};
const give = async (facts: Json = {}): Promise<Json> => {
  const given = await api.post('/consents', { ...CONSENT, ...facts });
  expect(given.status).toBe(201);
  return given.body;
};
const list = async (query: string) => (await api.get(`/consents?${query}`)).body.consents as Json[];
const idsOf = (consents: Json[]) => consents.map(({ id }) => id);

describe('a consent', () => {
  it('is put on file, and shown as it was given', async () => {
    const given = await give({ evidence_ref: 'contract 4711', expires_at: '2100-01-01' });
    expect(given).toEqual({
      id: expect.stringMatching(/^CN[0-9a-f]{32}$/),
      ...CONSENT,
      obtained_at: '2026-01-15T09:30:00.000Z',
      purpose: 'recording',
      decision: 'granted',
      evidence_ref: 'contract 4711',
      expires_at: '2100-01-01T00:00:00.000Z',
      active: true,
      date_created: expect.any(String),
    });
    expect(await api.get(`/consents/${given.id}`)).toMatchObject({ status: 200, body: given });
  });

  it.each<[string, Json, string]>([
    ['no number', { phone_number: undefined }, 'phone_number'],
    ['a national number', { phone_number: '0201234567' }, 'phone_number'],
    ['no basis', { basis: undefined }, 'basis'],
    ['a basis that is none', { basis: 'we like to' }, 'basis'],
    ['another purpose', { purpose: 'marketing' }, 'purpose'],
    ['no time', { obtained_at: undefined }, 'obtained_at'],
    ['a time that does not exist', { obtained_at: '2026-02-30' }, 'obtained_at'],
    ['a time that is still to come', { obtained_at: '2100-01-01' }, 'obtained_at'],
    ['no way', { obtained_how: ' ' }, 'obtained_how'],
    ['a way that is a novel', { obtained_how: 'x'.repeat(257) }, 'obtained_how'],
    ['an empty reference', { evidence_ref: '' }, 'evidence_ref'],
    ['an end that has passed', { expires_at: '2026-01-16' }, 'expires_at'],
  ])('with %s is refused by the name of the field', async (_what, change, field) => {
    const refused = await api.post('/consents', { ...CONSENT, ...change });
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: [{ field }] } });
  });

  it.each(['CN00000000000070008000000000000000', 'nonsense', '%00', `CN${'0'.repeat(5000)}`])(
    'that is not one of ours (%s) is 404',
    async (id) => {
      for (const method of ['GET', 'DELETE']) {
        expect(await api.send(method, `/consents/${id}`)).toMatchObject({
          status: 404,
          body: { code: 'consent_not_found' },
        });
      }
    },
  );
});

describe('a withdrawal', () => {
  it('ends the consent, and keeps it as evidence with its moment', async () => {
    const given = await give();
    const ended = await api.delete(`/consents/${given.id}`);
    expect(ended).toEqual(
      expect.objectContaining({
        status: 200,
        body: { ...given, active: false, withdrawn_at: expect.any(String) },
      }),
    );
    expect((await api.get(`/consents/${given.id}`)).body).toEqual(ended.body);
    const again = await api.delete(`/consents/${given.id}?delete_recordings=true`);
    expect(again).toMatchObject({ status: 200, body: { withdrawn_at: ended.body.withdrawn_at } });
  });

  it('says by true or false whether recordings are deleted', async () => {
    const { id } = await give();
    expect(await api.delete(`/consents/${id}?delete_recordings=perhaps`)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'delete_recordings' }] },
    });
    expect((await api.get(`/consents/${id}`)).body.active).toBe(true);
  });
});

describe('the list of consents', () => {
  it('is of one number, page by page, the newest first', async () => {
    const phone_number = '+31201110001';
    const ids = [];
    for (let n = 0; n < 3; n++) ids.unshift((await give({ phone_number })).id);
    const query = `phone_number=${encodeURIComponent(phone_number)}&page_size=2`;
    const first = (await api.get(`/consents?${query}`)).body;
    expect(first).toMatchObject({ page_size: 2, next: ids[1] });
    expect(idsOf(first.consents as Json[])).toEqual(ids.slice(0, 2));
    const second = (await api.get(`/consents?${query}&cursor=${first.next}`)).body;
    expect(idsOf(second.consents as Json[])).toEqual(ids.slice(2));
    expect(second).not.toHaveProperty('next');
  });

  it('can be of those that count now, or of the others', async () => {
    const phone_number = '+31201110002';
    const [kept, withdrawn] = [await give({ phone_number }), await give({ phone_number })];
    await api.delete(`/consents/${withdrawn.id}`);
    const query = `purpose=recording&phone_number=${encodeURIComponent(phone_number)}`;
    expect(idsOf(await list(`${query}&active=true`))).toEqual([kept.id]);
    expect(idsOf(await list(`${query}&active=false`))).toEqual([withdrawn.id]);
  });

  it.each(['phone_number=112', 'purpose=fun', 'active=maybe', 'page_size=0', 'cursor=foo'])(
    'with %s is refused by name',
    async (query) => {
      expect(await api.get(`/consents?${query}`)).toMatchObject({
        status: 422,
        body: { errors: [{ field: query.split('=')[0] }] },
      });
    },
  );
});

describe.each(strangers)('to %s', (_who, stranger) => {
  it('a consent does not exist, is not listed and cannot be withdrawn', async () => {
    const { id } = await give();
    for (const method of ['GET', 'DELETE']) {
      expect(await stranger.send(method, `/consents/${id}`)).toMatchObject({
        status: 404,
        body: { code: 'consent_not_found' },
      });
    }
    const all = `/consents?page_size=100&phone_number=${encodeURIComponent(CONSENT.phone_number)}`;
    expect(JSON.stringify((await stranger.get(all)).body)).not.toContain(id);
    expect((await api.get(`/consents/${id}`)).body.active).toBe(true);
  });
});

it.each([
  ['GET', '/consents'],
  ['POST', '/consents'],
  ['GET', '/consents/CN00000000000070008000000000000000'],
  ['DELETE', '/consents/CN00000000000070008000000000000000'],
])('%s %s without a key answers 401', async (method, path) => {
  expect((await apiClient(null).send(method, path, method === 'POST' ? CONSENT : undefined)).status).toBe(401);
});

describe('a flow that asks for consent', () => {
  it.each([
    ['the key', '1', 'granted'],
    ['another key', '2', 'refused'],
    ['silence', undefined, 'refused'],
  ])('goes on after %s, and says so', async (_what, key, consent) => {
    await using hook = await hookServer({ '/agreed': answerJson([{ verb: 'hangup' }]) });
    const verb = { verb: 'consent', action: `${hook.url}/agreed`, language: 'fr-BE' };
    const digits = key === undefined ? [] : [{ after: 1, digits: key, after_prompt: true }];
    const id = await api.place({ flow: [verb], simulate: { digits } });
    expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    expect(hook.requests()).toMatchObject([{ event: 'consent', consent }]);
    const { heard } = (await api.get(`/simulator/calls/${id}/heard`)).body as { heard: Json[] };
    const notices = heard.filter(({ what }) => what === 'say');
    expect(notices).toHaveLength(key === undefined ? 2 : 1);
    expect(notices[0]).toMatchObject({
      text: 'Cet appel ne sera enregistré qu’avec votre accord. Si vous êtes d’accord, appuyez sur la touche 1.',
    });
  });
});

describe('consent that is asked for in a call', () => {
  const asks = async (digits: string | undefined): Promise<{ call: string; consents: Json[] }> => {
    const simulate = digits === undefined ? {} : { digits: [{ after: 1, digits, after_prompt: true }] };
    const flow = [{ verb: 'consent', timeout: 2, attempts: 1 }, { verb: 'hangup' }];
    const call = await api.place({ to: '+493023125000', flow, tts_language: 'nl-BE', simulate });
    await api.ended(call);
    await api.untilEvent(call, 'consent.answered');
    const consents = await until(async () => {
      const found = await list(`phone_number=${encodeURIComponent('+493023125000')}`);
      const asked = found.filter(({ asked: how }) => (how as Json | undefined)?.call_id === call);
      expect(asked).toHaveLength(1);
      return asked;
    });
    return { call, consents };
  };

  it('is kept as evidence when the key is pressed', async () => {
    const { call, consents } = await asks('1');
    expect(consents).toMatchObject([
      {
        decision: 'granted',
        phone_number: '+493023125000',
        asked: {
          call_id: call,
          language: 'nl-BE',
          key: '1',
          policy: 'all_party_opt_in',
          notice_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      },
    ]);
  });

  it('counts while the call lives, and not after', async () => {
    const simulate = { speed: 1, answer_after: 0, digits: [{ after: 0.2, digits: '1', after_prompt: true }] };
    const flow = [
      { verb: 'consent', text: 'Opname? 1.' },
      { verb: 'pause', length: 600 },
    ];
    const to = '+493023125888';
    const call = await api.place({ to, flow, tts_language: 'nl-NL', simulate });
    await api.untilEvent(call, 'consent.answered');
    const shown = async () => (await list(`phone_number=${encodeURIComponent(to)}`))[0];
    await until(async () => expect(await shown()).toMatchObject({ decision: 'granted', active: true }));
    expect(await shown()).not.toHaveProperty('expires_at');
    await api.delete(`/calls/${call}`);
    await until(async () =>
      expect(await shown()).toMatchObject({ decision: 'granted', active: false, expires_at: expect.any(String) }),
    );
    expect(await list(`phone_number=${encodeURIComponent(to)}&active=true`)).toEqual([]);
  });

  it.each([
    ['another key', '2'],
    ['silence', undefined],
  ])('is refused by %s, and that is kept, too', async (_what, digits) => {
    const { consents } = await asks(digits);
    expect(consents).toMatchObject([{ decision: 'refused' }]);
  });
});
