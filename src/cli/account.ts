// Accounts, keys and numbers, on the laptop or (--remote) deployed. Run without arguments for help.
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { hashKey, newKey, newWebhookSecret } from '../accounts/keys.ts';
import { newId } from '../lib/ids.ts';
import { timestamp } from '../lib/timestamp.ts';
import { isSpoken } from '../speech/languages.ts';
import { Mistake, readArguments, runCommand } from './command.ts';
import { insert, placeFrom, quote, runSql } from './database.ts';
import { setPrivacy } from './privacy.ts';

const HELP = `npm run account -- COMMAND [--remote]

  create NAME                      a new account with a test key and a live key
  list                             accounts and their numbers
  key ACCOUNT test|live            one more key of that kind
  revoke KEY                       ends a key (within 30 seconds)
  rotate-secret ACCOUNT            a new webhook secret; the one before signs too, until the next rotation
  number E164 [--account ACCOUNT]  a number: whose it is, and what a call to it does
         [--voice-url URL] [--fallback-url URL] [--status-callback URL] [--language TAG]
  privacy ACCOUNT                  how its calls may be recorded, and for how long what is kept
         [--recording-policy NL=announce,FR=all_party_opt_in] [--retention recording=P30D,call=P180D]
         [--retention-limit recording=P1Y,call=P2Y]: the longest that a single call may ask for

Without --remote the local database is meant. Keys and secrets are shown once; only the hash of a key is kept.`;

const OPTIONS = {
  remote: { type: 'boolean' },
  'persist-to': { type: 'string' },
  account: { type: 'string' },
  'voice-url': { type: 'string' },
  'fallback-url': { type: 'string' },
  'status-callback': { type: 'string' },
  language: { type: 'string' },
  'recording-policy': { type: 'string' },
  retention: { type: 'string' },
  'retention-limit': { type: 'string' },
} as const;

const { positionals, values } = readArguments(OPTIONS, HELP);
const place = placeFrom(process.argv);
const [command, ...given] = positionals;

function needed(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new Mistake(`${what} is missing.\n\n${HELP}`);
  return value;
}

async function keyRow(account: string, mode: 'test' | 'live', key: string): Promise<string> {
  return insert('api_keys', { hash: await hashKey(key), account_id: account, mode, created_at: Date.now() });
}

function existing(account: string): string {
  if (runSql(place, `SELECT id FROM accounts WHERE id = ${quote(account)};`).length === 0) {
    throw new Mistake(`There is no account ${account}; "list" shows those there are.`);
  }
  return account;
}

async function create(): Promise<void> {
  const name = needed(given[0], 'The name of the account');
  if (given.length > 1) throw new Mistake('Put a name of several words into quotes.');
  const id = newId('AC', Date.now());
  const keys = { test: newKey('test'), live: newKey('live') };
  const secret = newWebhookSecret();
  const account = { id, name, webhook_secrets: JSON.stringify([secret]), created_at: Date.now() };
  const rows = [insert('accounts', account), await keyRow(id, 'test', keys.test), await keyRow(id, 'live', keys.live)];
  runSql(place, rows.join('\n'));
  console.log(
    `Account         ${id} (${name})\nTest key        ${keys.test}\nLive key        ${keys.live}\nWebhook secret  ${secret}`,
  );
  console.log('\nKeep these now: they are not shown again.');
}

function list(): void {
  const accounts = runSql(
    place,
    `SELECT accounts.id, accounts.name, group_concat(numbers.e164, ' ') AS numbers
     FROM accounts LEFT JOIN numbers ON numbers.account_id = accounts.id GROUP BY accounts.id ORDER BY accounts.id;`,
  );
  for (const { id, name, numbers } of accounts) console.log(`${id}  ${name}  ${numbers ?? '(no numbers)'}`);
}

async function addKey(): Promise<void> {
  const account = existing(needed(given[0], 'The account'));
  const mode = given[1];
  if (mode !== 'test' && mode !== 'live') throw new Mistake('Say which kind of key: test or live.');
  const key = newKey(mode);
  runSql(place, await keyRow(account, mode, key));
  console.log(`${key}\n\nKeep it now: it is not shown again.`);
}

async function revoke(): Promise<void> {
  const hash = quote(await hashKey(needed(given[0], 'The key')));
  const revoked = runSql(place, `UPDATE api_keys SET revoked_at = ${Date.now()} WHERE hash = ${hash} RETURNING hash;`);
  if (revoked.length === 0) throw new Mistake('There is no such key.');
  console.log('Revoked: within 30 seconds nobody can use it.');
}

function rotateSecret(): void {
  const account = existing(needed(given[0], 'The account'));
  const [row] = runSql(place, `SELECT webhook_secrets FROM accounts WHERE id = ${quote(account)};`);
  const [current] = JSON.parse(String(row?.webhook_secrets)) as string[];
  const secret = newWebhookSecret();
  const secrets = quote(JSON.stringify([secret, current]));
  runSql(place, `UPDATE accounts SET webhook_secrets = ${secrets} WHERE id = ${quote(account)};`);
  console.log(
    `${secret}\n\nWithin 30 seconds both this and the one before sign every webhook. Keep it: it is not shown again.`,
  );
}

function number(): void {
  const e164 = needed(given[0], 'The number');
  if (parsePhoneNumberFromString(e164)?.number !== e164) throw new Mistake('A number is E.164, such as +31851234567.');
  const { language } = values;
  if (language !== undefined && !isSpoken(language))
    throw new Mistake(`${language} is not a language that can be spoken.`);
  const settings = {
    voice_url: checkedUrl(values['voice-url']),
    voice_fallback_url: checkedUrl(values['fallback-url']),
    status_callback: checkedUrl(values['status-callback']),
    tts_language: language,
  };
  const [row] = runSql(place, values.account ? give(e164, values.account, settings) : change(e164, settings));
  if (!row && values.account) throw new Mistake(`There is no account ${values.account}; "list" shows those there are.`);
  if (!row) throw new Mistake('This number is new: say whose it is, with --account.');
  row.created_at = timestamp(Number(row.created_at));
  for (const [column, value] of Object.entries(row)) console.log(`${column.padEnd(19)} ${value ?? '-'}`);
}

function privacy(): void {
  setPrivacy(place, existing(needed(given[0], 'The account')), {
    recordingPolicy: values['recording-policy'],
    retention: values.retention,
    retentionLimit: values['retention-limit'],
  });
}

type Settings = Record<string, string | undefined>;

const assignments = (settings: Settings): string =>
  Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => `, ${column} = ${quote(value)}`)
    .join('');

const change = (e164: string, settings: Settings): string =>
  `UPDATE numbers SET e164 = e164${assignments(settings)} WHERE e164 = ${quote(e164)} RETURNING *;`;

/** A new number, or one that changes hands. */
const give = (e164: string, account: string, settings: Settings): string =>
  `INSERT INTO numbers (e164, account_id, created_at, ${Object.keys(settings).join(', ')})
   SELECT ${quote(e164)}, id, ${Date.now()}, ${Object.values(settings).map(quote).join(', ')} FROM accounts WHERE id = ${quote(account)}
   ON CONFLICT (e164) DO UPDATE SET account_id = excluded.account_id${assignments(settings)} RETURNING *;`;

function checkedUrl(url: string | undefined): string | undefined {
  if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url)))
    throw new Mistake('A URL begins with https:// or http://.');
  return url;
}

await runCommand(
  {
    create,
    list,
    key: addKey,
    revoke,
    'rotate-secret': rotateSecret,
    number,
    privacy,
  },
  command,
  HELP,
);
