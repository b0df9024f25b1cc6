import { isSupportedCountry } from 'libphonenumber-js/max';
import { knowsRecordingWords } from '../consents/notice-check.ts';
import { isFloor } from '../consents/policy.ts';
import {
  type CountryPolicies,
  type NoticeWords,
  RECORDING_POLICIES,
  type RecordingPolicy,
} from '../contracts/consent.ts';
import {
  DEFAULT_LIMITS,
  DEFAULT_RETENTION,
  KEPT,
  type Kept,
  type Retention,
  retentionComplaint,
} from '../retention/retention.ts';
import { UsageError } from './command.ts';
import { type DatabaseTarget, runSql, sqlLiteral } from './database.ts';

/** The options of the command line; what is absent stays as it is. */
interface PrivacyChoices {
  recordingPolicy: string | undefined;
  retention: string | undefined;
  retentionLimit: string | undefined;
  noticeWords: string | undefined;
}

/** Changes how an account records and how long it keeps what, and prints the settings that apply now. */
export function setPrivacy(database: DatabaseTarget, account: string, choices: PrivacyChoices): void {
  const before = settingsOf(database, account);
  const policies = { ...before.policies, ...policiesFrom(choices.recordingPolicy) };
  const limits = { ...before.limits, ...durationsFrom(choices.retentionLimit) };
  const retention = { ...before.retention, ...durationsFrom(choices.retention) };
  const words = noticeWordsFrom(choices.noticeWords, before.words);
  for (const kept of KEPT) checkLimit(kept, { ...DEFAULT_RETENTION, ...retention }, { ...DEFAULT_LIMITS, ...limits });
  if (Object.values(choices).some((choice) => choice !== undefined)) {
    const json = [policies, retention, limits, words].map((value) => sqlLiteral(JSON.stringify(value)));
    runSql(
      database,
      `INSERT INTO privacy_settings (account_id, recording_policy, retention, retention_limits, notice_words)
       VALUES (${[sqlLiteral(account), ...json].join(', ')}) ON CONFLICT (account_id) DO UPDATE SET
       recording_policy = excluded.recording_policy, retention = excluded.retention,
       retention_limits = excluded.retention_limits, notice_words = excluded.notice_words;`,
    );
  }
  printSettings(policies, { ...DEFAULT_RETENTION, ...retention }, { ...DEFAULT_LIMITS, ...limits }, words);
}

function settingsOf(database: DatabaseTarget, account: string) {
  const [row] = runSql(database, `SELECT * FROM privacy_settings WHERE account_id = ${sqlLiteral(account)};`);
  const read = (column: string) => JSON.parse(String(row?.[column] ?? '{}'));
  return {
    policies: read('recording_policy') as CountryPolicies,
    retention: read('retention') as Partial<Retention>,
    limits: read('retention_limits') as Partial<Retention>,
    words: read('notice_words') as NoticeWords,
  };
}

const pairs = (text: string | undefined): [string, string][] =>
  (text ?? '')
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]);

/** Reads `NL=announce,FR=all_party_opt_in`. */
export function policiesFrom(text: string | undefined): CountryPolicies {
  return Object.fromEntries(
    pairs(text).map(([country, policy]) => {
      if (!isSupportedCountry(country)) throw new UsageError(`${country} is not a country, such as NL.`);
      if (!isPolicy(policy)) throw new UsageError(`A policy is one of: ${RECORDING_POLICIES.join(', ')}.`);
      if (isFloor(country) && policy === 'announce') {
        throw new UsageError(`In ${country} everyone on the line must agree, by law: announcing is not enough.`);
      }
      return [country, policy];
    }),
  );
}

const isPolicy = (text: string): text is RecordingPolicy => RECORDING_POLICIES.some((policy) => policy === text);

/** An account declares words for so many languages, so many for each; each call of the account carries them. */
const MAX_LANGUAGES = 20;
const MAX_WORDS = 20;

/**
 * Reads `tr=kayded/kayıt,is=upptök`: the stems of words by which a notice in that language says that it is about recording.
 * They replace those declared before for the language; `tr=` takes them back.
 */
export function noticeWordsFrom(text: string | undefined, before: NoticeWords = {}): NoticeWords {
  const changed = Object.fromEntries(
    pairs(text).map(([language, words]) => {
      if (!/^[a-z]{2,3}$/.test(language)) throw new UsageError(`${language} is not a language, such as tr.`);
      if (knowsRecordingWords(language))
        throw new UsageError(`The words for recording in ${language} are known already.`);
      return [language, words === '' ? [] : words.split('/').map(checkedWord)];
    }),
  );
  const declared = Object.entries({ ...before, ...changed }).filter(([, words]) => words.length > 0);
  if (declared.length > MAX_LANGUAGES)
    throw new UsageError(`An account has words for at most ${MAX_LANGUAGES} languages.`);
  const tooMany = declared.find(([, words]) => words.length > MAX_WORDS);
  if (tooMany) throw new UsageError(`A language has at most ${MAX_WORDS} words; ${tooMany[0]} has more.`);
  return Object.fromEntries(declared);
}

/** A single letter would be in every text. */
function checkedWord(text: string): string {
  const word = text.trim().normalize('NFC').toLowerCase();
  if (!/^\p{L}[\p{L}\p{M}’' -]{1,39}$/u.test(word)) {
    throw new UsageError('A word for recording has 2 to 40 characters: letters, spaces, apostrophes and hyphens.');
  }
  return word;
}

/** Reads `recording=P30D,call=P180D`. */
export function durationsFrom(text: string | undefined): Partial<Retention> {
  return Object.fromEntries(
    pairs(text).map(([kept, duration]) => {
      if (!KEPT.some((known) => known === kept)) throw new UsageError(`What is kept is one of: ${KEPT.join(', ')}.`);
      const wrong = retentionComplaint(duration);
      if (wrong !== undefined) throw new UsageError(`The retention of ${kept} ${wrong}.`);
      return [kept, duration];
    }),
  );
}

/** Throws when an account keeps something longer than the limit for its calls. */
export function checkLimit(kept: Kept, retention: Retention, limits: Retention): void {
  if (retentionComplaint(retention[kept], limits[kept]) === undefined) return;
  throw new UsageError(
    `The retention of ${kept} would be longer than the limit of the account, ${limits[kept]}: raise --retention-limit.`,
  );
}

function printSettings(policies: CountryPolicies, retention: Retention, limits: Retention, words: NoticeWords): void {
  const announced = Object.keys(policies).filter((country) => policies[country] === 'announce');
  const rows = [
    ...announced.sort().map((country) => [`recording in ${country}`, 'announce']),
    [announced.length > 0 ? 'recording elsewhere' : 'recording', 'all_party_opt_in'],
    ...KEPT.map((kept) => [`${kept} kept for`, `${retention[kept]} (at most ${limits[kept]})`]),
    ...Object.entries(words).map(([language, stems]) => [`notices in ${language}`, stems.join(', ')]),
  ];
  for (const [what = '', value] of rows) console.log(`${what.padEnd(19)} ${value}`);
}
