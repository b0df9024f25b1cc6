// Manages accounts, keys and numbers, in the local database or (--remote) the deployed one. Prints help without arguments.
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { hashKey, newKey, newWebhookSecret } from '../accounts/keys.ts';
import { newId } from '../lib/ids.ts';
import { timestamp } from '../lib/timestamp.ts';
import { isSpoken } from '../speech/languages.ts';
import { readArguments, runCommand, UsageError } from './command.ts';
import { databaseTarget, insertSql, runSql, sqlLiteral } from './database.ts';
import { setPrivacy } from './privacy.ts';

const HELP = `npm run account -- COMMAND [--remote]

  create NAME                      makes an account with a test key and a live key
  list                             lists the accounts and their numbers
  key ACCOUNT test|live            makes one more key of that kind
  revoke KEY                       revokes a key (takes effect within 30 seconds)
  rotate-secret ACCOUNT            makes a new webhook secret; the previous one still signs as well, until the next rotation
  number E164 [--account ACCOUNT]  adds or changes a number: which account it belongs to, and what a call to it does
         [--voice-url URL] [--fallback-url URL] [--status-callback URL] [--language TAG]
  privacy ACCOUNT                  shows or changes how calls of the account may be recorded, and how long data is kept
         [--recording-policy NL=announce,FR=all_party_opt_in]
         [--retention recording=P30D,call=P180D]
         [--retention-limit recording=P1Y,call=P2Y]   the longest retention that a single call may ask for
         [--notice-words tr=kayded/kayıt]   how a notice in a language that we do not know says that it is about recording

Without --remote, commands work on the local database. Keys and secrets are shown once; of a key only the hash is stored.`;

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
  'notice-words': { type: 'string' },
} as const;

const { positionals, values } = readArguments(OPTIONS, HELP);
const database = databaseTarget(process.argv);
const [command, ...given] = positionals;

function required(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new UsageError(`${what} is missing.\n\n${HELP}`);
  return value;
}

async function insertKeySql(account: string, mode: 'test' | 'live', key: string): Promise<string> {
  return insertSql('api_keys', { hash: await hashKey(key), account_id: account, mode, created_at: Date.now() });
}

function existingAccount(account: string): string {
  if (runSql(database, `SELECT id FROM accounts WHERE id = ${sqlLiteral(account)};`).length === 0) {
    throw new UsageError(`There is no account ${account}; "list" shows all accounts.`);
  }
  return account;
}

async function createAccount(): Promise<void> {
  const name = required(given[0], 'The name of the account');
  if (given.length > 1) throw new UsageError('Put a name of several words in quotes.');
  const id = newId('AC', Date.now());
  const keys = { test: newKey('test'), live: newKey('live') };
  const secret = newWebhookSecret();
  const account = { id, name, webhook_secrets: JSON.stringify([secret]), created_at: Date.now() };
  const rows = [
    insertSql('accounts', account),
    await insertKeySql(id, 'test', keys.test),
    await insertKeySql(id, 'live', keys.live),
  ];
  runSql(database, rows.join('\n'));
  console.log(
    `Account         ${id} (${name})\nTest key        ${keys.test}\nLive key        ${keys.live}\nWebhook secret  ${secret}`,
  );
  console.log('\nStore these now: they are not shown again.');
}

function listAccounts(): void {
  const accounts = runSql(
    database,
    `SELECT accounts.id, accounts.name, group_concat(numbers.e164, ' ') AS numbers
     FROM accounts LEFT JOIN numbers ON numbers.account_id = accounts.id GROUP BY accounts.id ORDER BY accounts.id;`,
  );
  for (const { id, name, numbers } of accounts) console.log(`${id}  ${name}  ${numbers ?? '(no numbers)'}`);
}

async function addKey(): Promise<void> {
  const account = existingAccount(required(given[0], 'The account'));
  const mode = given[1];
  if (mode !== 'test' && mode !== 'live') throw new UsageError('Give the kind of the key: test or live.');
  const key = newKey(mode);
  runSql(database, await insertKeySql(account, mode, key));
  console.log(`${key}\n\nStore it now: it is not shown again.`);
}

async function revokeKey(): Promise<void> {
  const hash = sqlLiteral(await hashKey(required(given[0], 'The key')));
  const revoked = runSql(
    database,
    `UPDATE api_keys SET revoked_at = ${Date.now()} WHERE hash = ${hash} RETURNING hash;`,
  );
  if (revoked.length === 0) throw new UsageError('There is no such key.');
  console.log('The key is revoked: within 30 seconds nobody can use it.');
}

function rotateSecret(): void {
  const account = existingAccount(required(given[0], 'The account'));
  const [row] = runSql(database, `SELECT webhook_secrets FROM accounts WHERE id = ${sqlLiteral(account)};`);
  const [current] = JSON.parse(String(row?.webhook_secrets)) as string[];
  const secret = newWebhookSecret();
  const secrets = sqlLiteral(JSON.stringify([secret, current]));
  runSql(database, `UPDATE accounts SET webhook_secrets = ${secrets} WHERE id = ${sqlLiteral(account)};`);
  console.log(
    `${secret}\n\nWithin 30 seconds this secret and the previous one both sign every webhook. Store it now: it is not shown again.`,
  );
}

function setNumber(): void {
  const e164 = required(given[0], 'The number');
  if (parsePhoneNumberFromString(e164)?.number !== e164)
    throw new UsageError('Give the number in E.164, such as +31851234567.');
  const { language } = values;
  if (language !== undefined && !isSpoken(language))
    throw new UsageError(`There is no voice for the language ${language}.`);
  const settings = {
    voice_url: checkedUrl(values['voice-url']),
    voice_fallback_url: checkedUrl(values['fallback-url']),
    status_callback: checkedUrl(values['status-callback']),
    tts_language: language,
  };
  const [row] = runSql(
    database,
    values.account ? assignNumberSql(e164, values.account, settings) : updateNumberSql(e164, settings),
  );
  if (!row && values.account) throw new UsageError(`There is no account ${values.account}; "list" shows all accounts.`);
  if (!row) throw new UsageError('This number is new: give its account with --account.');
  row.created_at = timestamp(Number(row.created_at));
  for (const [column, value] of Object.entries(row)) console.log(`${column.padEnd(19)} ${value ?? '-'}`);
}

function setAccountPrivacy(): void {
  setPrivacy(database, existingAccount(required(given[0], 'The account')), {
    recordingPolicy: values['recording-policy'],
    retention: values.retention,
    retentionLimit: values['retention-limit'],
    noticeWords: values['notice-words'],
  });
}

type Settings = Record<string, string | undefined>;

const assignments = (settings: Settings): string =>
  Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => `, ${column} = ${sqlLiteral(value)}`)
    .join('');

const updateNumberSql = (e164: string, settings: Settings): string =>
  `UPDATE numbers SET e164 = e164${assignments(settings)} WHERE e164 = ${sqlLiteral(e164)} RETURNING *;`;

/** Inserts a new number, or gives a known one to another account. */
const assignNumberSql = (e164: string, account: string, settings: Settings): string =>
  `INSERT INTO numbers (e164, account_id, created_at, ${Object.keys(settings).join(', ')})
   SELECT ${sqlLiteral(e164)}, id, ${Date.now()}, ${Object.values(settings).map(sqlLiteral).join(', ')} FROM accounts WHERE id = ${sqlLiteral(account)}
   ON CONFLICT (e164) DO UPDATE SET account_id = excluded.account_id${assignments(settings)} RETURNING *;`;

function checkedUrl(url: string | undefined): string | undefined {
  if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url)))
    throw new UsageError('A URL begins with https:// or http://.');
  return url;
}

await runCommand(
  {
    create: createAccount,
    list: listAccounts,
    key: addKey,
    revoke: revokeKey,
    'rotate-secret': rotateSecret,
    number: setNumber,
    privacy: setAccountPrivacy,
  },
  command,
  HELP,
);
