import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/accounts/keys.ts';
import { authenticateGateway } from '../../../src/gateways/api/authenticate.ts';
import worker from '../../../src/index.ts';
import { ScriptedAsterisk } from '../../carriers/asterisk/scripted-asterisk.ts';
import { counted } from '../../support/counted.ts';
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

it('a wrong token that is tried 400 times costs the database one question, and a right one is looked up each time', async () => {
  const { db, cost } = counted(env.DB);
  const tryWith = (credentials: string) => {
    const headers = { authorization: `Basic ${btoa(credentials)}` };
    return authenticateGateway(new Request('http://edge.example/', { headers }), { ...env, DB: db });
  };
  for (let n = 0; n < 400; n++) expect(await tryWith('gw-known:stolen')).toBeUndefined();
  expect(cost.read).toBeLessThanOrEqual(1);
  for (let n = 0; n < 3; n++) expect(await tryWith('gw-known:right')).toMatchObject({ id: 'gw-known' });
  expect(cost.read).toBeGreaterThanOrEqual(3);
});

it('no gateway comes in under the id of the simulated network, even if it is registered', async () => {
  const insert = env.DB.prepare('INSERT INTO gateways VALUES (?, ?, ?, ?, ?)');
  await insert.bind('simulated', await hashKey('right'), 'here', 10, 0).run();
  expect((await connect(`Basic ${btoa('simulated:right')}`)).status).toBe(401);
});

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
