import { describe, expect, inject, it } from 'vitest';
import { apiClient } from '../support/api.ts';
import { worldOf } from '../support/world.ts';

const { api, account, number } = worldOf(import.meta.url);
const ORDER = { to: '+493023125000', from: number };
const total = async () => (await api.get('/calls')).body.total;

describe('without a valid key', () => {
  const PATHS: [string, string][] = [
    ['GET', '/calls'],
    ['POST', '/calls'],
    ['GET', '/calls/CA00000000000070008000000000000000'],
    ['DELETE', '/calls/CA00000000000070008000000000000000'],
    ['GET', '/calls/CA00000000000070008000000000000000/events'],
    ['GET', '/conferences'],
    ['POST', '/conferences'],
    ['POST', '/simulator/inbound-calls'],
  ];

  it.each(PATHS)('%s %s answers 401, always the same', async (method, path) => {
    const bodies = new Set<string>();
    for (const key of [null, '', 'tf_test_wrong', 'tf_live_wrong', "' OR 1=1 --", `tf_test_${'x'.repeat(64)}`]) {
      const refused = await apiClient(key).send(method, path, method === 'POST' ? ORDER : undefined);
      expect(refused.status).toBe(401);
      bodies.add(JSON.stringify(refused.body));
    }
    expect(bodies.size).toBe(1);
  });
});

describe('POST /calls', () => {
  it.each<[string, object, string]>([
    ['no to', { to: undefined }, 'to'],
    ['a number without its plus', { to: '31201234567' }, 'to'],
    ['a national number', { to: '0201234567' }, 'to'],
    ['a number with spaces', { to: '+31 20 123 4567' }, 'to'],
    ['a number that cannot exist', { to: '+31999' }, 'to'],
    ['a number of one digit', { to: '1' }, 'to'],
    ['a short number with something after it', { to: '112;phone-context=x' }, 'to'],
    ['a number that is a number', { to: 31201234567 }, 'to'],
    ['a text that is not a number', { from: 'anonymous' }, 'from'],
    ['a URL that is none', { url: 'not a url' }, 'url'],
    ['a URL of another scheme', { url: 'ftp://x.example/flow' }, 'url'],
    ['a script as a URL', { status_callback: 'javascript:alert(1)' }, 'status_callback'],
    ['a URL with a password', { url: 'https://me:secret@x.example/' }, 'url'],
    ['a timeout of zero', { timeout: 0 }, 'timeout'],
    ['a timeout beyond ten minutes', { timeout: 601 }, 'timeout'],
    ['a timeout of half a second', { timeout: 1.5 }, 'timeout'],
    ['a timeout in text', { timeout: '30' }, 'timeout'],
    ['a time limit beyond a day', { time_limit: 86_401 }, 'time_limit'],
    ['a record that is not true or false', { record: 'yes' }, 'record'],
    ['a language that cannot be spoken', { tts_language: 'xx-XX' }, 'tts_language'],
    ['a language that is none', { tts_language: '../../etc/passwd' }, 'tts_language'],
    ['metadata that is a list', { metadata: ['a'] }, 'metadata'],
    ['metadata with numbers', { metadata: { a: 1 } }, 'metadata.a'],
    [
      'too much metadata',
      { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, 'v'])) },
      'metadata',
    ],
    ['metadata with a key that would be lost', { metadata: JSON.parse('{"__proto__":"x"}') }, 'metadata'],
    ['a flow that is no document', { flow: 42 }, 'flow'],
    ['a flow with an unknown verb', { flow: [{ verb: 'dance' }] }, 'flow'],
    ['a flow in broken XML', { flow: '<Response><Say>' }, 'flow'],
    ['a flow that asks a relative URL', { flow: [{ verb: 'gather', action: '/x' }] }, 'flow'],
    ['url and flow', { url: 'https://x.example/', flow: [] }, 'body'],
  ])('with %s is refused by the name of the field, and stores nothing', async (_what, change, field) => {
    const before = await total();
    const refused = await api.post('/calls', { ...ORDER, ...change });
    expect(refused.status).toBe(422);
    expect(refused.body.code).toBe('invalid_request');
    expect((refused.body.errors as { field: string }[]).map((error) => error.field)).toContain(field);
    expect(await total()).toBe(before);
  });

  it('names every field that is wrong, and never repeats a value', async () => {
    const refused = await api.post('/calls', { to: '+31999', from: 'geheim', timeout: 'morgen', url: 'ftp://geheim' });
    expect((refused.body.errors as { field: string }[]).map(({ field }) => field).sort()).toEqual([
      'from',
      'timeout',
      'to',
      'url',
    ]);
    expect(JSON.stringify(refused.body)).not.toMatch(/geheim|morgen|31999/);
  });

  it('from a number of somebody else, or of nobody, is refused', async () => {
    for (const from of ['+31857654321', '+31201234567']) {
      expect(await api.post('/calls', { ...ORDER, from })).toMatchObject({
        status: 422,
        body: { code: 'from_not_owned', errors: [{ field: 'from' }] },
      });
    }
  });

  it.each(['CN00000000000070008000000000000001', 'nonsense'])(
    'that names a consent that is none (%s) is refused',
    async (ref) => {
      expect(await api.post('/calls', { ...ORDER, record: true, consent_ref: ref })).toMatchObject({
        status: 422,
        body: { code: 'consent_ref_invalid', errors: [{ field: 'consent_ref' }] },
      });
    },
  );

  it.each([
    ['1', 'nl-NL', 'about recording'],
    ['<break time="1s"/>', 'nl-NL', 'about recording'],
    ['<prosody volume="silent">Opname: 1</prosody>', 'nl-NL', 'about recording'],
    ['Welcome. For sales press 1.', 'en-GB', 'about recording'],
    ['Mogen wij opnemen?', 'nl-NL', 'key is 1'],
    ['Mogen wij opnemen? Toets 1.', 'en-GB', 'about recording'],
  ])('whose notice asks nobody for consent is refused: %s in %s', async (recording_notice, tts_language, message) => {
    const order = { ...ORDER, record: true, recording_notice, tts_language };
    expect(await api.post('/calls', order)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'recording_notice', message: expect.stringContaining(message) }] },
    });
  });

  it('whose flow asks for consent in words that do not is refused, in the language that the flow has by then', async () => {
    const asks = { verb: 'consent', text: 'Mogen wij opnemen? Toets 7.', key: '7' };
    const dutch = { verb: 'say', text: 'Dag', language: 'nl-NL' };
    for (const flow of [[{ ...asks, text: 'x' }], [asks], [dutch, { ...asks, key: '1' }]])
      expect(await api.post('/calls', { ...ORDER, flow })).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'flow', message: expect.stringContaining('(consent), text: must say that') }] },
      });
    for (const flow of [[{ ...asks, language: 'nl-BE' }], [dutch, asks]])
      expect(await api.post('/calls', { ...ORDER, flow })).toMatchObject({ status: 201 });
  });

  it('and a conference whose notice is one in no language is refused', async () => {
    const create = (recording_notice: string) => api.post('/conferences', { record: true, recording_notice });
    expect(await create('Welcome, press 1.')).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'recording_notice', message: 'must say that it is about recording' }] },
    });
    expect(await create('Pour l’enregistrement, appuyez sur 1.')).toMatchObject({ status: 201 });
  });

  it('ignores fields that it does not know, as the contract allows, and names them in its answer', async () => {
    const placed = await api.post('/calls', { ...ORDER, flow: [], answering_machine: 'yes', nested: { deep: [1] } });
    expect(placed).toMatchObject({
      status: 201,
      body: { warnings: ['answering_machine is unknown and was ignored', 'nested is unknown and was ignored'] },
    });
  });

  it.each([
    ['Url', 'url'],
    ['statusCallback', 'status_callback'],
    ['recrod', 'record'],
    ['staus_calback', 'status_callback'],
  ])('with the field %s is refused, since %s was meant, and stores nothing', async (field, meant) => {
    const before = await total();
    expect(await api.post('/calls', { ...ORDER, [field]: 'https://x.example/' })).toMatchObject({
      status: 422,
      body: { errors: [{ field, message: `is unknown: did you mean ${meant}?` }] },
    });
    expect(await total()).toBe(before);
  });

  it('with a list where an object belongs is refused', async () => {
    expect(await api.post('/calls', { ...ORDER, retention: [] })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'retention', message: 'must be an object' }] },
    });
  });

  it('that has neither url nor flow warns that the call stays silent, and ends it after a minute', async () => {
    const placed = await api.post('/calls', { ...ORDER, simulate: { speed: 1000 } });
    expect(placed).toMatchObject({ status: 201, body: { warnings: [expect.stringContaining('60 seconds')] } });
    expect(await api.ended(placed.body.id)).toMatchObject({ duration: 60, end_reason: 'time-limit' });
  });

  it('a flow whose attributes do nothing is accepted, and the answer and the timeline name them', async () => {
    const flow =
      '<Response><Dial><Sip username="u">sip:a@pbx.example.com</Sip></Dial><Say foo="1">Hallo</Say></Response>';
    const placed = await api.post('/calls', { ...ORDER, flow, simulate: { speed: 1000 } });
    const warnings = ['flow: sip.username is unknown and was ignored', 'flow: say.foo is unknown and was ignored'];
    expect(placed).toMatchObject({ status: 201, body: { warnings } });
    expect(await api.untilEvent(placed.body.id, 'flow.read')).toMatchObject([{ ignored: ['sip.username', 'say.foo'] }]);
  });
});

describe('a body', () => {
  const post = (body: string, headers = {}) => api.post('/calls', body, headers);

  it.each(['{"to": ', '', 'null', '[]', '"text"', '42', '{"to":"+31\u0000"}'])('of %j is a 4xx', async (body) => {
    const { status } = await post(body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('that is not JSON is malformed_json', async () => {
    expect(await post('{"to": ')).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
  });

  it('that is not UTF-8 is malformed_json', async () => {
    const response = await fetch(`${inject('url')}/v1/voice/calls`, {
      method: 'POST',
      headers: { 'x-api-key': account.keys.test, 'content-type': 'application/json' },
      body: Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    });
    expect(response.status).toBe(400);
  });

  it('of a megabyte is body_too_large', async () => {
    expect(await post(JSON.stringify({ ...ORDER, pad: 'x'.repeat(1_000_000) }))).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
  });

  it('of another type is unsupported_media_type', async () => {
    expect(await post('to=x', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    });
  });

  it('that is compressed is unsupported_media_type', async () => {
    expect((await post(JSON.stringify(ORDER), { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('may say its charset', async () => {
    expect((await post(JSON.stringify(ORDER), { 'content-type': 'application/json; charset=utf-8' })).status).toBe(201);
  });

  it('that is deeply nested is no 500', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect((await post(`{"to":"x","from":"y","flow":${deep}}`)).status).toBeLessThan(500);
  });

  it('cannot pollute prototypes', async () => {
    const body = `{"to":"+493023125000","from":"${number}","__proto__":{"admin":true},"metadata":{"__proto__":"x"}}`;
    expect((await post(body)).status).toBeLessThan(500);
  });
});

describe('an answer', () => {
  it('may not be kept on the way, nor be taken for a page', async () => {
    for (const path of ['/calls', '/calls/CA00000000000070008000000000000000']) {
      const { headers } = await api.get(path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('a path', () => {
  it('that does not exist is 404', async () => {
    expect(await api.get('/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it.each([
    ['PUT', '/calls', 'GET, POST'],
    ['POST', '/calls/CA00000000000070008000000000000000', 'DELETE, GET, PATCH'],
    ['DELETE', '/conferences', 'GET, POST'],
    ['OPTIONS', '/calls', 'GET, POST'],
    ['GET', '/simulator/inbound-calls', 'POST'],
  ])('that does not have %s %s says which methods it has', async (method, path, allow) => {
    const refused = await api.send(method, path);
    expect(refused).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(refused.headers.get('allow')?.split(', ').sort().join(', ')).toBe(allow);
  });
});

it('HEAD is GET without the content', async () => {
  const head = (path: string) =>
    fetch(`${inject('url')}/v1/voice${path}`, { method: 'HEAD', headers: { 'x-api-key': account.keys.test } });
  expect([(await head('/calls')).status, (await head('/nothing')).status]).toEqual([200, 404]);
  expect(await (await head('/calls')).text()).toBe('');
});

describe('a call id', () => {
  it.each([
    'CA00000000000070008000000000000000',
    'CF00000000000070008000000000000000',
    'nonsense',
    '..%2f..%2fadmin',
    '%00',
    `CA${'0'.repeat(5000)}`,
  ])('that is not one of ours (%s) is 404', async (id) => {
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/events'],
    ] as const) {
      expect(await api.send(method, `/calls/${id}${path}`)).toMatchObject({ status: 404 });
    }
  });
});

describe('a query', () => {
  it.each([
    'status=sleeping',
    'direction=up',
    'page=0',
    'page=-1',
    'page=1.5',
    'page=x',
    'page_size=0',
    'page_size=101',
    'started_after=yesterday',
    'started_before=2026-13-01',
    'started_after=2026-11-23T25:00:00Z',
    'started_after=2026-02-30',
    'started_before=2026-11-31T00:00:00Z',
    'cursor=foo',
    'status=busy&status=completed',
  ])('with %s is refused by name', async (query) => {
    const refused = await api.get(`/calls?${query}`);
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ field: query.split('=')[0] }] },
    });
  });
});
