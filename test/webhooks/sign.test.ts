import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signedHeaders } from '../../src/webhooks/sign.ts';

const OLD = 'whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ=';
const NEW = 'whsec_b3RoZXItbG9jYWwtd2ViaG9vay1zZWNyZXQtMDAwMDA=';
const BODY = '{"type":"call.ringing","data":{"to":"é"}}';

describe('a signed webhook', () => {
  it('is accepted by the public standardwebhooks library', async () => {
    const headers = await signedHeaders('CA1-1', BODY, [OLD], Date.now());
    expect(new Webhook(OLD).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  });

  it('is accepted with the old and with the new secret while one is rotated out', async () => {
    const headers = await signedHeaders('CA1-1', BODY, [NEW, OLD], Date.now());
    for (const secret of [OLD, NEW]) expect(() => new Webhook(secret).verify(BODY, headers)).not.toThrow();
  });

  it.each<[string, { body?: string; id?: string; secret?: string }]>([
    ['the body', { body: `${BODY} ` }],
    ['the id', { id: 'CA1-2' }],
    ['the secret', { secret: NEW }],
  ])('is refused when %s is another', async (_what, { body = BODY, id = 'CA1-1', secret = OLD }) => {
    const headers = { ...(await signedHeaders('CA1-1', BODY, [OLD], Date.now())), 'webhook-id': id };
    expect(() => new Webhook(secret).verify(body, headers)).toThrow();
  });

  it('is refused when it is older than five minutes', async () => {
    const headers = await signedHeaders('CA1-1', BODY, [OLD], Date.now() - 301_000);
    expect(() => new Webhook(OLD).verify(BODY, headers)).toThrow('too old');
  });
});
