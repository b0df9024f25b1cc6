import { expect, it } from 'vitest';
import { operator } from '../support/operator.ts';
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
