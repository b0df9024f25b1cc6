import { expect, it } from 'vitest';
import type { Json } from '../support/api.ts';
import { operator } from '../support/operator.ts';
import { until } from '../support/until.ts';
import { worldOf } from '../support/world.ts';

const { account, number, api } = worldOf(import.meta.url);

/** The operator's command, and what it printed. */
async function privacy(...choices: string[]): Promise<string[]> {
  const { stdout } = await operator('account', 'privacy', account.id, ...choices);
  return stdout.trim().split('\n');
}

it('an account has the strictest rules until an operator chooses others, one by one, and its calls are kept so', async () => {
  expect(await privacy()).toEqual([
    'recording           all_party_opt_in',
    'call kept for       P180D (at most P2Y)',
    'recording kept for  P30D (at most P1Y)',
  ]);
  await privacy('--recording-policy', 'NL=announce,FR=announce', '--retention', 'recording=P7D');
  const changes = ['--recording-policy', 'FR=all_party_opt_in', '--retention-limit', 'call=P1Y'];
  expect(await privacy(...changes, '--retention', 'call=P60D')).toEqual([
    'recording in NL     announce',
    'recording elsewhere all_party_opt_in',
    'call kept for       P60D (at most P1Y)',
    'recording kept for  P7D (at most P1Y)',
  ]);
  await operator('account', 'number', number, '--voice-url', 'http://127.0.0.1:9/flow');
  const rung = await api.post('/simulator/inbound-calls', { to: number, from: '+31201234567' });
  const { end_time, expires_at } = await api.ended(rung.body.id);
  expect(Date.parse(String(expires_at)) - Date.parse(String(end_time))).toBe(60 * 86_400_000);
});

it('a notice in a language without words of ours needs words that the operator has declared, and a voice', async () => {
  const consent = { verb: 'consent', language: 'tr-TR', text: 'Bu görüşme kaydedilecek. Kabul ediyorsanız 1’e basın.' };
  const flow = [consent, { verb: 'recording', do: 'start' }, { verb: 'pause', length: 2 }];
  const simulate = { digits: [{ after: 0.5, digits: '1' }] };
  const order = { to: '+31201234567', from: number, flow, simulate };
  expect(await api.post('/calls', order)).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'flow', message: expect.stringContaining('have them declared') }] },
  });
  expect(await privacy('--notice-words', 'tr=kayded')).toContain('notices in tr       kayded');
  const id = await api.place(order);
  await api.ended(id);
  // On the line, as on the simulated network, nobody can hear Turkish here: so nobody has agreed, whatever was pressed.
  const events = (await api.get(`/calls/${id}/events`)).body.events as { type: string }[];
  expect(events.filter(({ type }) => type === 'prompt.failed')).toHaveLength(2);
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'consent.answered', granted: false, reason: 'notice-not-heard' }),
  );
  expect((await api.get(`/calls/${id}/recordings`)).body).toMatchObject({ total: 0 });
  const listed = await until(async () => {
    const { consents } = (await api.get('/consents?phone_number=%2B31201234567')).body as { consents: Json[] };
    expect(consents[0]).toMatchObject({ asked: { call_id: id } });
    return consents[0];
  });
  expect((await api.get(`/consents/${listed?.id}`)).body).toMatchObject({
    decision: 'refused',
    obtained_how: 'the notice could not be played to its end',
    active: false,
    asked: { language: 'tr-TR', notice: consent.text },
  });
});
