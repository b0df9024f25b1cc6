import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/accounts/keys.ts';
import worker from '../../../src/index.ts';
import { ScriptedAsterisk } from '../../carriers/asterisk/scripted-asterisk.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';

beforeAll(async () => {
  const insert = env.DB.prepare('INSERT INTO gateways VALUES (?, ?, ?, ?, ?)');
  await insert.bind('gw-known', await hashKey('right'), 'here', 10, 0).run();
});

async function connect(authorization: string | undefined, protocol = 'ari'): Promise<Response> {
  const headers = { upgrade: 'websocket', 'sec-websocket-protocol': protocol, ...(authorization && { authorization }) };
  return worker.fetch(new Request('http://edge.example/v1/gateway', { headers }) as never, env);
}

describe('a gateway that connects', () => {
  it.each([
    ['no credentials', undefined],
    ['a wrong token', `Basic ${btoa('gw-known:wrong')}`],
    ['an unknown id', `Basic ${btoa('gw-unknown:right')}`],
    ['credentials that cannot be read', 'Basic %%%'],
  ])('with %s is refused, always the same way', async (_what, authorization) => {
    const response = await connect(authorization);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'gateway_unauthorized' });
  });

  it('without the sub-protocol ari is told what is missing', async () => {
    const response = await connect(`Basic ${btoa('gw-known:right')}`, 'chat');
    expect(response.status).toBe(426);
    expect(await response.json()).toMatchObject({ code: 'upgrade_required' });
  });

  it('with the right token is accepted, with the sub-protocol ari', async () => {
    const response = await connect(`Basic ${btoa('gw-known:right')}`);
    expect(response.status).toBe(101);
    expect(response.headers.get('sec-websocket-protocol')).toBe('ari');
    new ScriptedAsterisk('gw-known').attach(response);
    await until(async () => expect((await gatewayObject(env, 'gw-known').status()).version).toContain('22.10.1'));
  });
});
