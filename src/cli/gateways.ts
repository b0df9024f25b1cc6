// Manages the registry of gateways, in the local database or (--remote) the deployed one. Prints help without arguments.
import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { hashKey, newKey } from '../accounts/keys.ts';
import { SIMULATED_GATEWAY } from '../contracts/recording.ts';
import { readArguments, runCommand, UsageError } from './command.ts';
import { databaseTarget, insertSql, runSql, sqlLiteral } from './database.ts';

const HELP = `npm run gateways -- COMMAND [--remote]

  add ID --region TEXT [--capacity 250]    adds a gateway, and prints its token
  token ID                                 makes a new token for a gateway; the previous one ends
  list                                     lists the gateways and their trunks
  trunk GATEWAY ID --serves NL,BE,4930|*   adds or changes a trunk; ID is the id that it has on the gateway.
                                           It serves countries, prefixes of numbers, or * for all numbers;
                                           sip:pbx.example.com lets flows dial SIP addresses of that host at
                                           the usual port, sip:pbx.example.com:5080 at that port
        [--order 1] [--capacity 100]       the lowest order is tried first; capacity is the number of concurrent calls
        [--emergency 112,110,116117]       the emergency and short numbers that the trunk takes, each exactly as it is
                                           dialled; all others are refused. Map them on trunks of one country only,
                                           because 112 has no country code
  remove GATEWAY [TRUNK]                   removes a trunk, or the gateway with all its trunks
  operator                                 makes a new operator key, for GET /v1/voice/gateways

Without --remote, commands work on the local database. Tokens and keys are shown once; only their hashes are stored.
Changes apply to new calls within 10 seconds. A gateway that was removed, or has a new token, is cut off within a minute;
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
const database = databaseTarget(process.argv);
const [command, ...given] = positionals;

function validId(value: string | undefined, what: string): string {
  if (value === undefined || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(value)) {
    throw new UsageError(
      `${what} is missing, or has other characters than letters, digits, - and _, or more than 40.\n\n${HELP}`,
    );
  }
  return value;
}

function positiveInteger(name: string, value: string | undefined, otherwise: number): number {
  const number = Number(value ?? otherwise);
  if (!Number.isInteger(number) || number < 1 || number > 100_000) {
    throw new UsageError(`${name} takes a number from 1 to 100000.`);
  }
  return number;
}

function existingGateway(gateway: string): string {
  if (runSql(database, `SELECT id FROM gateways WHERE id = ${sqlLiteral(gateway)};`).length > 0) return gateway;
  throw new UsageError(`There is no gateway ${gateway}; "list" shows all gateways.`);
}

const SIP_HOST = /^sip:[A-Za-z0-9][A-Za-z0-9.-]{0,251}[A-Za-z0-9](:[1-9]\d{0,4})?$/;

/** Reads countries and prefixes, as the digits that their numbers begin with. */
function parsePrefixes(serves: string | undefined): string[] {
  if (!serves) throw new UsageError('Give what the trunk serves: --serves NL,BE,4930 or *.');
  return serves.split(',').map((one) => {
    if (one === '*') return '';
    if (SIP_HOST.test(one)) return one.toLowerCase().replace(/:5060$/, '');
    if (/^\+?[1-9]\d{0,14}$/.test(one)) return one.replace('+', '');
    const country = one.toUpperCase();
    if (!isSupportedCountry(country))
      throw new UsageError(
        `${one} is neither a country, such as NL, nor a prefix of numbers with their country code, such as 31.`,
      );
    return getCountryCallingCode(country as CountryCode);
  });
}

function parseEmergencyNumbers(list: string | undefined): string[] {
  const numbers = list ? list.split(',') : [];
  const wrong = numbers.find((number) => !/^(\+\d{4,15}|\d{2,6})$/.test(number));
  if (wrong)
    throw new UsageError(
      `${wrong} is no emergency or short number: these have 2 to 6 digits, such as 112, or a country code, such as +49112.`,
    );
  return numbers;
}

async function addGateway(): Promise<void> {
  const gateway = validId(given[0], 'The id of the gateway');
  if (gateway === SIMULATED_GATEWAY) {
    throw new UsageError(`${gateway} is the simulated network's own id: give the gateway another one.`);
  }
  if (!values.region) throw new UsageError('Give the place of the machine: --region "Frankfurt".');
  if (runSql(database, `SELECT id FROM gateways WHERE id = ${sqlLiteral(gateway)};`).length > 0) {
    throw new UsageError(`There is a gateway ${gateway} already; "token ${gateway}" gives it a new token.`);
  }
  const token = newKey('gateway');
  const capacity = positiveInteger('--capacity', values.capacity, 250);
  const row = {
    id: gateway,
    token_hash: await hashKey(token),
    region: values.region,
    capacity,
    created_at: Date.now(),
  };
  runSql(database, insertSql('gateways', row));
  console.log(`Gateway  ${gateway}\nToken    ${token}\n\nStore it now: it is not shown again.`);
}

async function newToken(): Promise<void> {
  const gateway = existingGateway(validId(given[0], 'The id of the gateway'));
  const token = newKey('gateway');
  runSql(
    database,
    `UPDATE gateways SET token_hash = ${sqlLiteral(await hashKey(token))} WHERE id = ${sqlLiteral(gateway)};`,
  );
  console.log(
    `${token}\n\nStore it now: it is not shown again. A connection with the previous token is cut off within a minute.`,
  );
}

function listGateways(): void {
  const trunks = runSql(database, 'SELECT * FROM trunks ORDER BY gateway, priority, id;');
  for (const { id: gateway, region, capacity } of runSql(database, 'SELECT * FROM gateways ORDER BY id;')) {
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

function setTrunk(): void {
  const gateway = existingGateway(validId(given[0], 'The id of the gateway'));
  const row = {
    gateway,
    id: validId(given[1], 'The id of the trunk'),
    prefixes: JSON.stringify(parsePrefixes(values.serves)),
    priority: positiveInteger('--order', values.order, 1),
    capacity: positiveInteger('--capacity', values.capacity, 100),
    emergency: JSON.stringify(parseEmergencyNumbers(values.emergency)),
  };
  runSql(database, insertSql('trunks', row).replace('INSERT OR IGNORE', 'INSERT OR REPLACE'));
  listGateways();
}

function removeGatewayOrTrunk(): void {
  const gateway = existingGateway(validId(given[0], 'The id of the gateway'));
  const ofGateway = `gateway = ${sqlLiteral(gateway)}`;
  if (given[1] !== undefined)
    runSql(database, `DELETE FROM trunks WHERE ${ofGateway} AND id = ${sqlLiteral(given[1])};`);
  else
    runSql(database, `DELETE FROM trunks WHERE ${ofGateway};\nDELETE FROM gateways WHERE id = ${sqlLiteral(gateway)};`);
  listGateways();
}

async function newOperatorKey(): Promise<void> {
  const key = newKey('operator');
  runSql(database, insertSql('operator_keys', { hash: await hashKey(key), created_at: Date.now() }));
  console.log(`${key}\n\nStore it now: it is not shown again.`);
}

await runCommand(
  {
    add: addGateway,
    token: newToken,
    list: listGateways,
    trunk: setTrunk,
    remove: removeGatewayOrTrunk,
    operator: newOperatorKey,
  },
  command,
  HELP,
);
