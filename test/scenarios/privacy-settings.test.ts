import { execFileSync, spawnSync } from 'node:child_process';
import { expect, inject, it } from 'vitest';
import { apiClient } from '../support/api.ts';

const ACCOUNT = 'AC00000000000070008000000000000002';

/** The operator's command; what it printed, and whether it went well. */
function privacy(...choices: string[]) {
  const command = ['src/cli/account.ts', 'privacy', ACCOUNT, ...choices, '--persist-to', inject('state')];
  const { status, stdout, stderr } = spawnSync('node', command, { encoding: 'utf8' });
  return { status, printed: stdout.trim().split('\n'), mistake: stderr.trim() };
}

it('an account has the strictest rules until an operator chooses others, one by one', () => {
  expect(privacy()).toEqual({
    status: 0,
    printed: [
      'recording           all_party_opt_in',
      'call kept for       P180D (at most P2Y)',
      'recording kept for  P30D (at most P1Y)',
    ],
    mistake: '',
  });
  privacy('--recording-policy', 'NL=announce,FR=announce', '--retention', 'recording=P7D');
  const changes = ['--recording-policy', 'FR=all_party_opt_in', '--retention-limit', 'call=P1Y'];
  expect(privacy(...changes, '--retention', 'call=P1Y').printed).toEqual([
    'recording in NL     announce',
    'recording elsewhere all_party_opt_in',
    'call kept for       P1Y (at most P1Y)',
    'recording kept for  P7D (at most P1Y)',
  ]);
}, 60_000);

it('a call that comes in is kept as its account has chosen', async () => {
  const number = ['src/cli/account.ts', 'number', '+31857654321', '--voice-url', 'http://127.0.0.1:9/flow'];
  execFileSync('node', [...number, '--persist-to', inject('state')]);
  expect(privacy('--retention', 'call=P60D').status).toBe(0);
  const api = apiClient('tf_test_other');
  const rung = await api.post('/simulator/inbound-calls', { to: '+31857654321', from: '+31201234567' });
  const { end_time, expires_at } = await api.ended(rung.body.id);
  expect(Date.parse(String(expires_at)) - Date.parse(String(end_time))).toBe(60 * 86_400_000);
}, 60_000);

it('a mistake is told as a sentence, and changes nothing', () => {
  expect(privacy('--recording-policy', 'DE=announce')).toMatchObject({
    status: 1,
    mistake: 'In DE everyone on the line must agree, by law: announcing is not enough.',
  });
});
