import { spawnSync } from 'node:child_process';
import { expect, inject, it } from 'vitest';

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

it('a mistake is told as a sentence, and changes nothing', () => {
  expect(privacy('--recording-policy', 'DE=announce')).toMatchObject({
    status: 1,
    mistake: 'In DE everyone on the line must agree, by law: announcing is not enough.',
  });
});
