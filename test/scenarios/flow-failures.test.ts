import { afterEach, describe, expect, it } from 'vitest';
import { answerJson, answerXml } from '../support/hook-server.ts';
import { worldOf } from '../support/world.ts';

const { api, hookServer } = worldOf(import.meta.url);
let hook: Awaited<ReturnType<typeof hookServer>>;
afterEach(() => hook?.close());

/** What the call's events say of a flow that failed. */
async function failuresOf(id: string) {
  expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-failed' });
  return (await api.events(id)).filter(({ type }) => type === 'flow.failed').map(({ code }) => code);
}

describe('a flow that cannot be had ends the call with a notice and a code', () => {
  it.each<[string, number, Record<string, string>, string, string]>([
    ['an error', 500, {}, '', 'flow_http_status'],
    ['not found', 404, { 'content-type': 'text/html' }, '<h1>404</h1>', 'flow_http_status'],
    ['HTML', 200, { 'content-type': 'text/html' }, '<html><body>Hi</body></html>', 'flow_invalid'],
    ['a picture', 200, { 'content-type': 'image/png' }, 'PNG', 'flow_content_type'],
    ['broken XML', 200, { 'content-type': 'text/xml' }, '<Response><Say>', 'flow_malformed'],
    ['broken JSON', 200, { 'content-type': 'application/json' }, '[{', 'flow_malformed'],
    [
      'an entity',
      200,
      { 'content-type': 'text/xml' },
      '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><Response>&x;</Response>',
      'flow_malformed',
    ],
    ['a nesting bomb', 200, { 'content-type': 'text/xml' }, '<Gather>'.repeat(8000), 'flow_malformed'],
    [
      'more than 64 KB',
      200,
      { 'content-type': 'text/xml' },
      `<Response><Say>${'x'.repeat(70_000)}</Say></Response>`,
      'flow_too_large',
    ],
    ['a redirect to nowhere', 302, { location: 'http://[' }, '', 'flow_url_refused'],
    ['a redirect to a file', 302, { location: 'file:///etc/passwd' }, '', 'flow_url_refused'],
    ['a redirect to itself', 307, { location: '/flow' }, '', 'flow_too_many_redirects'],
  ])('%s', async (_what, status, headers, body, code) => {
    hook = await hookServer({ '/flow': (response) => response.writeHead(status, headers).end(body) });
    expect(await failuresOf(await api.place({ url: `${hook.url}/flow` }))).toEqual([code]);
  });

  it('an answer that breaks off', async () => {
    hook = await hookServer({
      '/flow': (response) => {
        response.writeHead(200, { 'content-type': 'text/xml', 'content-length': 100 }).write('<Response>');
        setTimeout(() => response.destroy(), 50);
      },
    });
    expect(await failuresOf(await api.place({ url: `${hook.url}/flow` }))).toEqual(['flow_unreadable']);
  });

  it('nobody there', async () => {
    expect(await failuresOf(await api.place({ url: 'http://127.0.0.1:1/flow' }))).toEqual(['flow_unreachable']);
  });

  it('an answer that never comes', async () => {
    hook = await hookServer({
      '/flow': (response) => response.writeHead(200, { 'content-type': 'text/xml' }).write('<Response>'),
    });
    const id = await api.place({ url: `${hook.url}/flow` });
    await api.untilEvent(id, 'flow.failed');
    expect(await failuresOf(id)).toEqual(['flow_timeout']);
  });

  it('documents that only name the next one', async () => {
    hook = await hookServer({ '/flow': answerXml('<Response><Redirect/></Response>') });
    expect(await failuresOf(await api.place({ url: `${hook.url}/flow` }))).toEqual(['flow_loop']);
    expect(hook.requests().length).toBeLessThanOrEqual(22);
  });
});

describe('redirects by HTTP', () => {
  it('are followed three times, with the digits, and relative URLs resolve against where the document was found', async () => {
    hook = await hookServer({
      '/a': (response) => response.writeHead(302, { location: '/b' }).end(),
      '/b': (response) => response.writeHead(307, { location: '/deep/c' }).end(),
      '/deep/c': answerJson([{ verb: 'gather', numDigits: 1, action: 'd', timeout: 30 }]),
      '/deep/d': (response) => response.writeHead(303, { location: 'e' }).end(),
      '/deep/e': answerJson([{ verb: 'hangup' }]),
    });
    await api.ended(await api.place({ url: `${hook.url}/a`, simulate: { digits: [{ after: 2, digits: '7' }] } }));
    expect(hook.posted.map(({ path }) => path)).toEqual(['/a', '/b', '/deep/c', '/deep/d', '/deep/e']);
    expect(hook.posted.at(-1)?.body.data).toMatchObject({ event: 'gather', digits: '7' });
  });
});

describe('a fallback_url', () => {
  it('is asked with the reason and the URL, and its document continues the call', async () => {
    hook = await hookServer({
      '/flow': (response) => response.writeHead(503).end(),
      '/fallback': answerJson([{ verb: 'pause', length: 4 }]),
    });
    const id = await api.place({ url: `${hook.url}/flow`, fallback_url: `${hook.url}/fallback` });
    expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    expect(hook.requests()[1]).toMatchObject({
      event: 'fallback',
      error_code: 'flow_http_status',
      error_url: `${hook.url}/flow`,
    });
  });

  it('that fails too is not asked again', async () => {
    hook = await hookServer({
      '/flow': (response) => response.writeHead(503).end(),
      '/fallback': (response) => response.writeHead(500).end(),
    });
    const id = await api.place({ url: `${hook.url}/flow`, fallback_url: `${hook.url}/fallback` });
    expect(await failuresOf(id)).toEqual(['flow_http_status', 'flow_http_status']);
    expect(hook.requests()).toHaveLength(2);
  });
});

it('attributes that this product does not know are named in the events', async () => {
  hook = await hookServer({ '/flow': answerXml('<Response><Say voice="x" pitch="3">Hi</Say></Response>') });
  const id = await api.place({ url: `${hook.url}/flow` });
  await api.ended(id);
  expect(await api.untilEvent(id, 'flow.requested')).toMatchObject([{ ignored: ['say.pitch'] }]);
});

describe('the encoding of a document', () => {
  const redirect = (declaration: string) => `${declaration}<Response><Redirect>/gr\u00fcezi</Redirect></Response>`;
  const declared = (name: string) => redirect(`<?xml version="1.0" encoding="${name}"?>`);
  const BOM = '\ufeff';

  it.each<[string, string, Buffer]>([
    ['a charset', 'text/xml; charset=iso-8859-1', Buffer.from(redirect(''), 'latin1')],
    ['its declaration', 'text/xml', Buffer.from(declared('windows-1250'), 'latin1')],
    ['a byte order mark', 'application/xml; charset=utf-8', Buffer.from(BOM + declared('UTF-16'), 'utf16le')],
    ['nothing', 'application/xml', Buffer.from(redirect(''))],
  ])('is what is said by %s', async (_what, type, bytes) => {
    hook = await hookServer({ '/flow': (response) => response.writeHead(200, { 'content-type': type }).end(bytes) });
    await api.ended(await api.place({ url: `${hook.url}/flow` }));
    expect(hook.posted.at(-1)?.path).toBe('/gr%C3%BCezi');
  });

  it.each<[string, string, Buffer]>([
    ['UTF-8 is announced', 'text/xml; charset=utf-8', Buffer.from(redirect(''), 'latin1')],
    ['nothing is announced', 'application/xml', Buffer.from(redirect(''), 'latin1')],
    ['JSON', 'application/json', Buffer.from('[{"verb":"say","text":"gr\u00fcezi"}]', 'latin1')],
  ])('that is another than it should be makes it unreadable: %s', async (_what, type, bytes) => {
    hook = await hookServer({ '/flow': (response) => response.writeHead(200, { 'content-type': type }).end(bytes) });
    expect(await failuresOf(await api.place({ url: `${hook.url}/flow` }))).toEqual(['flow_unreadable']);
  });
});

it('an empty answer ends the call', async () => {
  hook = await hookServer();
  const id = await api.place({ url: `${hook.url}/nothing` });
  expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
});
