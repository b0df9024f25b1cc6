// The registry of gateways, on the laptop or (--remote) deployed. Run without arguments for help.
import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { hashKey, newKey } from '../accounts/keys.ts';
import { Mistake, readArguments, runCommand } from './command.ts';
import { insert, placeFrom, quote, runSql } from './database.ts';

const HELP = `npm run gateways -- COMMAND [--remote]

  add ID --region TEXT [--capacity 250]    a gateway; prints its token, once
  token ID                                 a new token for it; the one before ends
  list                                     gateways and their trunks
  trunk GATEWAY ID --serves NL,BE,4930|*   a trunk, by the id that it has on the gateway; again to change it;
                                           sip:pbx.example.com lets flows dial SIP addresses of that host
        [--order 1] [--capacity 100]       the lowest order is tried first
        [--emergency 112,110,116117]       emergency and short numbers that it takes, each exactly as it is dialled;
                                           all others are refused. Only on trunks of one country: 112 has no country code
  remove GATEWAY [TRUNK]                   a trunk, or the gateway with all its trunks
  operator                                 a new operator key, for GET /v1/voice/gateways

Without --remote the local database is meant. Tokens and keys are shown once; only their hash is kept.
Changes reach new calls within 10 seconds. A gateway that was removed, or has a new token, is cut off within a minute;
its calls go on when it comes back with the new token within two minutes, or else end as failed.`;

const text = { type: 'string' } as const;
const OPTIONS = {
  remote: { type: 'boolean' },
  'persist-to': text,
  region: text,
  capacity: text,
  serves: text,
  order: text,
  emergency: text,
} as const;
const { positionals, values } = readArguments(OPTIONS, HELP);
const place = placeFrom(process.argv);
const [command, ...given] = positionals;

function id(value: string | undefined, what: string): string {
  if (value === undefined || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(value)) {
    throw new Mistake(`${what} is missing, or not made of letters, digits, - and _ (40 at most).\n\n${HELP}`);
  }
  return value;
}

function count(value: string | undefined, otherwise: number): number {
  const number = Number(value ?? otherwise);
  if (!Number.isInteger(number) || number < 1 || number > 100_000) throw new Mistake('A number from 1 to 100000.');
  return number;
}

function existing(gateway: string): string {
  if (runSql(place, `SELECT id FROM gateways WHERE id = ${quote(gateway)};`).length > 0) return gateway;
  throw new Mistake(`There is no gateway ${gateway}; "list" shows those there are.`);
}

/** Countries and prefixes as the digits that a number begins with. */
function prefixes(serves: string | undefined): string[] {
  if (!serves) throw new Mistake('Say what the trunk serves: --serves NL,BE,4930 or *.');
  return serves.split(',').map((one) => {
    if (one === '*') return '';
    if (/^sip:[A-Za-z0-9][A-Za-z0-9.-]{0,251}[A-Za-z0-9]$/.test(one)) return one.toLowerCase();
    if (/^\+?[1-9]\d{0,14}$/.test(one)) return one.replace('+', '');
    const country = one.toUpperCase();
    if (!isSupportedCountry(country))
      throw new Mistake(
        `${one} is neither a country such as NL nor a prefix such as 31: numbers begin with their country's code.`,
      );
    return getCountryCallingCode(country as CountryCode);
  });
}

function emergencyNumbers(list: string | undefined): string[] {
  const numbers = list ? list.split(',') : [];
  const wrong = numbers.find((number) => !/^(\+\d{4,15}|\d{2,6})$/.test(number));
  if (wrong)
    throw new Mistake(
      `${wrong}: an emergency or short number has 2 to 6 digits, such as 112, or a country code, such as +49112.`,
    );
  return numbers;
}

async function add(): Promise<void> {
  const gateway = id(given[0], 'The id of the gateway');
  if (!values.region) throw new Mistake('Say where it stands: --region "Frankfurt".');
  if (runSql(place, `SELECT id FROM gateways WHERE id = ${quote(gateway)};`).length > 0) {
    throw new Mistake(`${gateway} exists. "token ${gateway}" gives it a new token.`);
  }
  const token = newKey('gateway');
  const capacity = count(values.capacity, 250);
  const row = {
    id: gateway,
    token_hash: await hashKey(token),
    region: values.region,
    capacity,
    created_at: Date.now(),
  };
  runSql(place, insert('gateways', row));
  console.log(`Gateway  ${gateway}\nToken    ${token}\n\nKeep it now: it is not shown again.`);
}

async function newToken(): Promise<void> {
  const gateway = existing(id(given[0], 'The id of the gateway'));
  const token = newKey('gateway');
  runSql(place, `UPDATE gateways SET token_hash = ${quote(await hashKey(token))} WHERE id = ${quote(gateway)};`);
  console.log(
    `${token}\n\nKeep it now: it is not shown again. A connection with the one before is cut off within a minute.`,
  );
}

function list(): void {
  const trunks = runSql(place, 'SELECT * FROM trunks ORDER BY gateway, priority, id;');
  for (const { id: gateway, region, capacity } of runSql(place, 'SELECT * FROM gateways ORDER BY id;')) {
    console.log(`${gateway}  ${region}  ${capacity} calls`);
    for (const trunk of trunks.filter((it) => it.gateway === gateway)) {
      const serves = (JSON.parse(String(trunk.prefixes)) as string[]).map((prefix) =>
        prefix.startsWith('sip:') ? prefix : prefix ? `+${prefix}` : '*',
      );
      const emergency = (JSON.parse(String(trunk.emergency)) as string[]).join(' ');
      console.log(
        `  ${trunk.priority}. ${trunk.id}  ${trunk.capacity} calls  serves ${serves.join(' ')}  ${emergency}`,
      );
    }
  }
}

function trunk(): void {
  const gateway = existing(id(given[0], 'The id of the gateway'));
  const row = {
    gateway,
    id: id(given[1], 'The id of the trunk'),
    prefixes: JSON.stringify(prefixes(values.serves)),
    priority: count(values.order, 1),
    capacity: count(values.capacity, 100),
    emergency: JSON.stringify(emergencyNumbers(values.emergency)),
  };
  runSql(place, insert('trunks', row).replace('INSERT OR IGNORE', 'INSERT OR REPLACE'));
  list();
}

function remove(): void {
  const gateway = existing(id(given[0], 'The id of the gateway'));
  const its = `gateway = ${quote(gateway)}`;
  if (given[1] !== undefined) runSql(place, `DELETE FROM trunks WHERE ${its} AND id = ${quote(given[1])};`);
  else runSql(place, `DELETE FROM trunks WHERE ${its};\nDELETE FROM gateways WHERE id = ${quote(gateway)};`);
  list();
}

async function operator(): Promise<void> {
  const key = newKey('operator');
  runSql(place, insert('operator_keys', { hash: await hashKey(key), created_at: Date.now() }));
  console.log(`${key}\n\nKeep it now: it is not shown again.`);
}

await runCommand({ add, token: newToken, list, trunk, remove, operator }, command, HELP);
