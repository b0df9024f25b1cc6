import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ALL_PHONES } from '../gateway-agent/configuration/phones.ts';
import { TemplateError } from '../gateway-agent/configuration/template.ts';
import type { NewTrunk } from '../gateway-agent/configuration/trunks.ts';
import { GatewayError, reasonOf } from '../gateway-agent/errors.ts';
import {
  type Gateway,
  type GatewayOptions,
  LOCAL_ID,
  LOCAL_TOKEN,
  LOCAL_WORKER,
  startGateway,
} from '../gateway-agent/gateway.ts';
import { installAsterisk } from '../gateway-agent/install.ts';
import type { Instance } from '../gateway-agent/instance.ts';
import { type PhoneNetwork, startPhoneNetwork } from '../gateway-agent/phone-network.ts';
import { placeCallFromTerminal } from '../gateway-agent/place-call.ts';
import { sweepPrompts } from '../gateway-agent/prompts.ts';
import { startUploader } from '../gateway-agent/upload.ts';
import { defined } from '../lib/defined.ts';

const SWEEP_MINUTES = 5;
const PROMPT_SECONDS = 3600;

const USAGE = `npm run gateway -- [options]        (on Debian, as root)
npm run gateway -- call --from NUMBER --to NUMBER [--digits 1]        (in another terminal)

Installs Asterisk into a folder of its own and runs a gateway that is connected to the Worker, beside a second Asterisk
that plays the phone network. Ctrl-C ends both.

  --worker URL            ${LOCAL_WORKER}, or TELEFOON_WORKER
  --id NAME               ${LOCAL_ID}, or TELEFOON_GATEWAY_ID
  --worker-ca FILE        certificates to trust instead of the public ones, for a Worker behind a private CA
  --no-phones             no phone network: the gateway uses the trunks of --trunks
  --trunks FILE           JSON, see src/docs/gateways.md
  --address IP            where SIP and RTP listen; 127.0.1.1 unless given
  --sip-port PORT         5160 unless given (UDP and TCP)
  --tls-port PORT         5180 unless given, used with a trunk over TLS
  --rtp FIRST-LAST        10000-10999 unless given
  --public-address IP     the address that the carrier sees, behind address translation; with --local-net
  --local-net NETWORK     the network inside, for example 10.0.0.0/8
  --tls-cert FILE --tls-key FILE --tls-ca FILE    PEM, for trunks over TLS
  --index N               0 to 9: several gateways and phone networks on one machine
  --upgrade               installs the newest Asterisk of Debian sid first, with no gateway running
  --help

The token is taken from TELEFOON_GATEWAY_TOKEN (${LOCAL_TOKEN} unless given): a command line is seen by everybody.`;

async function main(): Promise<void> {
  if (process.argv[2] === 'call') return await placeCallFromTerminal(process.argv.slice(3));
  const flags = readFlags();
  if (flags.help) return console.log(USAGE);
  const index = Number(flags.index ?? 0);
  const options = await gatewayOptions(flags, index);
  const begun = Date.now();
  const { version } = await installAsterisk({ upgrade: flags.upgrade ?? false, log: console.log });
  const running: Instance[] = [];
  endOnSignal(running);
  try {
    const phones = flags['no-phones'] ? undefined : await startPhoneNetwork({ index, log: prefixed('phones') });
    if (phones) running.push(phones);
    const gateway = await startGateway({ ...options, log: prefixed('gateway'), onConnection: reportConnection });
    running.push(gateway);
    describe(gateway, phones, {
      version,
      worker: options.worker ?? LOCAL_WORKER,
      seconds: (Date.now() - begun) / 1000,
    });
    void keepPromptsShort(gateway);
    uploadRecordings(gateway, options, begun);
    await Promise.race(
      running.map((instance) => instance.exited.then(() => console.log(`${instance.name} has ended.`))),
    );
  } finally {
    await stopAll(running);
  }
}

function readFlags() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: {
      worker: text,
      id: text,
      'worker-ca': text,
      'no-phones': flag,
      trunks: text,
      address: text,
      'sip-port': text,
      'tls-port': text,
      rtp: text,
      'public-address': text,
      'local-net': text,
      'tls-cert': text,
      'tls-key': text,
      'tls-ca': text,
      index: text,
      upgrade: flag,
      help: flag,
    },
  });
  return values;
}

type Flags = ReturnType<typeof readFlags>;

async function gatewayOptions(flags: Flags, index: number): Promise<GatewayOptions> {
  if (flags['no-phones'] && flags.trunks === undefined) {
    throw new GatewayError('Without the phone network a gateway needs a trunk: give --trunks FILE.');
  }
  const { TELEFOON_WORKER, TELEFOON_GATEWAY_ID, TELEFOON_GATEWAY_TOKEN } = process.env;
  const nat = natOptions(flags);
  return {
    index,
    worker: flags.worker ?? TELEFOON_WORKER ?? LOCAL_WORKER,
    id: flags.id ?? TELEFOON_GATEWAY_ID ?? LOCAL_ID,
    token: TELEFOON_GATEWAY_TOKEN ?? LOCAL_TOKEN,
    place: placeOptions(flags),
    tls: defined({ certFile: flags['tls-cert'], keyFile: flags['tls-key'], caFile: flags['tls-ca'] }),
    ...defined({ workerCa: flags['worker-ca'], nat }),
    ...(flags.trunks !== undefined && { trunks: await readTrunks(flags.trunks) }),
  };
}

async function readTrunks(file: string): Promise<NewTrunk[]> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new GatewayError(`The file of --trunks cannot be read: ${reasonOf(error)}.`);
  });
  try {
    return JSON.parse(text); // startGateway checks it
  } catch {
    // The parser's own message would show a piece of the file, which holds passwords.
    throw new GatewayError(`${file} is not JSON.`);
  }
}

function placeOptions(flags: Flags): GatewayOptions['place'] {
  const range = flags.rtp === undefined ? undefined : /^(\d+)-(\d+)$/.exec(flags.rtp);
  if (range === null) throw new GatewayError('--rtp takes two ports, for example 10000-10999.');
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  return defined({
    sipAddress: flags.address,
    sipPort: number(flags['sip-port']),
    tlsPort: number(flags['tls-port']),
    rtpStart: number(range?.[1]),
    rtpEnd: number(range?.[2]),
  });
}

function natOptions(flags: Flags): GatewayOptions['nat'] {
  const publicAddress = flags['public-address'];
  const localNet = flags['local-net'];
  if (publicAddress !== undefined && localNet !== undefined) return { publicAddress, localNet };
  if (publicAddress === localNet) return undefined;
  throw new GatewayError('--public-address and --local-net are given together, or neither.');
}

function describe(
  gateway: Gateway,
  phones: PhoneNetwork | undefined,
  facts: { version: string; worker: string; seconds: number },
): void {
  const { place } = gateway;
  console.log(`
Asterisk ${facts.version} runs as ${gateway.name} (process ${gateway.pid}), ready after ${facts.seconds.toFixed(1)} s.
  Worker   ${facts.worker} as ${gateway.id}
  SIP      ${place.sipAddress}:${place.sipPort}    RTP ${place.rtpStart}-${place.rtpEnd}
  Folder   ${gateway.directory}`);
  if (!phones) return;
  console.log(`
The phone network runs as ${phones.name} (process ${phones.pid}) on ${phones.place.sipAddress}:${phones.place.sipPort}. Its phones:
${ALL_PHONES.map(({ number, does }) => `  ${number}  ${does}`).join('\n')}
What a phone hears is in ${phones.directory}/heard/<phone>-<caller>.wav, digits in the .digits file beside it.
A call from outside: npm run gateway -- call --from +493023125200 --to <one of your numbers> [--digits 1]`);
}

/** A wrong token shows here as well as in Asterisk's own lines. */
function reportConnection(connected: boolean): void {
  console.log(
    connected ? 'Connected to the Worker.' : 'Not connected to the Worker: trying every 2 s, inbound calls get 503.',
  );
}

/** Until the gateway ends. What it did not bring then is still in its folder when it starts again. */
function uploadRecordings(gateway: Gateway, options: GatewayOptions, since: number): void {
  const { worker = LOCAL_WORKER, token = LOCAL_TOKEN, workerCa } = options;
  const uploader = startUploader({
    folder: gateway.recorded,
    writer: { pid: gateway.pid, since },
    worker,
    id: gateway.id,
    token,
    ...defined({ workerCa }),
    log: prefixed('recordings'),
  });
  void gateway.exited.then(() => uploader.stop());
}

/** Prompts may hold personal data, and Asterisk itself never forgets one. */
async function keepPromptsShort(gateway: Gateway): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, SWEEP_MINUTES * 60_000));
    await sweepPrompts(gateway, PROMPT_SECONDS).catch(() => 0);
  }
}

function endOnSignal(running: Instance[]): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.log(`\n${signal}: stopping.`);
      void stopAll(running).then(() => process.exit(0));
    });
  }
}

async function stopAll(running: Instance[]): Promise<void> {
  await Promise.all(running.map((instance) => instance.stop()));
}

const prefixed = (name: string) => (line: string) => console.log(`[${name}] ${line}`);

main().catch((error) => {
  console.error(isForOperator(error) ? error.message : error);
  process.exitCode = 1;
});

/** Whether the message alone says what to put right; anything else is a fault of ours and shows its stack. */
function isForOperator(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return error instanceof GatewayError || error instanceof TemplateError || code.startsWith('ERR_PARSE_ARGS');
}
