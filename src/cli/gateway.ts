import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ALL_PHONES } from '../gateway-agent/configuration/phones.ts';
import { TemplateError } from '../gateway-agent/configuration/template.ts';
import type { TrunkInput } from '../gateway-agent/configuration/trunks.ts';
import { GatewayError, reasonOf } from '../gateway-agent/errors.ts';
import {
  type GatewayOptions,
  LOCAL_ID,
  LOCAL_TOKEN,
  LOCAL_WORKER,
  type RunningGateway,
  startGateway,
} from '../gateway-agent/gateway.ts';
import { installAsterisk } from '../gateway-agent/install.ts';
import type { Instance } from '../gateway-agent/instance.ts';
import { type PhoneNetwork, startPhoneNetwork } from '../gateway-agent/phone-network.ts';
import { deleteOldPrompts } from '../gateway-agent/prompt-cache.ts';
import { startUploader } from '../gateway-agent/upload.ts';
import { defined } from '../lib/defined.ts';
import { placeCallFromTerminal } from './place-call.ts';

const PROMPT_CHECK_MINUTES = 5;
const KEEP_PROMPTS_SECONDS = 3600;

const USAGE = `npm run gateway -- [options]        (on Debian, as root)
npm run gateway -- call --from NUMBER --to NUMBER [--digits 1]        (in another terminal)

Installs Asterisk into a folder of its own and runs it as a gateway that connects to the Worker. A second Asterisk plays
the phone network. Ctrl-C stops both.

  --worker URL            the Worker's URL for gateways; default: TELEFOON_WORKER, or ${LOCAL_WORKER}
  --id NAME               the gateway's id; default: TELEFOON_GATEWAY_ID, or ${LOCAL_ID}
  --worker-ca FILE        certificates to trust instead of the public ones, for a Worker behind a private CA
  --no-phones             starts no phone network: the gateway uses only the trunks of --trunks
  --trunks FILE           the trunks, as JSON: see src/docs/gateways.md
  --address IP            the address for SIP and RTP; default: 127.0.1.1
  --sip-port PORT         the port for SIP over UDP and TCP; default: 5160
  --tls-port PORT         the port for SIP over TLS, used with a trunk over TLS; default: 5180
  --rtp FIRST-LAST        the ports for RTP; default: 10000-10999
  --public-address IP     behind address translation: the address that the carrier sees, together with --local-net
  --local-net NETWORK     behind address translation: the network inside, for example 10.0.0.0/8
  --tls-cert FILE --tls-key FILE --tls-ca FILE    PEM files for trunks over TLS
  --index N               0 to 9, to run several gateways and phone networks on one machine; changes the defaults above
  --upgrade               installs the newest Asterisk of Debian sid first; no gateway may be running
  --help                  prints this text

The token is read from TELEFOON_GATEWAY_TOKEN (default: ${LOCAL_TOKEN}), because everybody on the machine can see a command line.`;

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
    const phones = flags['no-phones'] ? undefined : await startPhoneNetwork({ index, log: withPrefix('phones') });
    if (phones) running.push(phones);
    const gateway = await startGateway({ ...options, log: withPrefix('gateway'), onConnection: reportConnection });
    running.push(gateway);
    printSummary(gateway, phones, {
      version,
      worker: options.worker ?? LOCAL_WORKER,
      seconds: (Date.now() - begun) / 1000,
    });
    void deletePromptsRegularly(gateway);
    uploadRecordings(gateway, options, begun);
    await Promise.race(
      running.map((instance) => instance.exited.then(() => console.log(`${instance.name} has ended.`))),
    );
  } finally {
    await stopInstances(running);
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
    throw new GatewayError('Without the phone network a gateway needs trunks: give --trunks FILE.');
  }
  const { TELEFOON_WORKER, TELEFOON_GATEWAY_ID, TELEFOON_GATEWAY_TOKEN } = process.env;
  const nat = natOptions(flags);
  return {
    index,
    worker: flags.worker ?? TELEFOON_WORKER ?? LOCAL_WORKER,
    id: flags.id ?? TELEFOON_GATEWAY_ID ?? LOCAL_ID,
    token: TELEFOON_GATEWAY_TOKEN ?? LOCAL_TOKEN,
    addresses: addressOptions(flags),
    tls: defined({ certFile: flags['tls-cert'], keyFile: flags['tls-key'], caFile: flags['tls-ca'] }),
    ...defined({ workerCa: flags['worker-ca'], nat }),
    ...(flags.trunks !== undefined && { trunks: await readTrunks(flags.trunks) }),
  };
}

async function readTrunks(file: string): Promise<TrunkInput[]> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new GatewayError(`The file of --trunks cannot be read: ${reasonOf(error)}.`);
  });
  try {
    return JSON.parse(text); // startGateway checks the trunks.
  } catch {
    // The parser's own message would show a part of the file, which holds passwords.
    throw new GatewayError(`${file} is not JSON.`);
  }
}

function addressOptions(flags: Flags): GatewayOptions['addresses'] {
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

function printSummary(
  gateway: RunningGateway,
  phones: PhoneNetwork | undefined,
  facts: { version: string; worker: string; seconds: number },
): void {
  const { addresses } = gateway;
  console.log(`
Asterisk ${facts.version} runs as ${gateway.name} (process ${gateway.pid}), ready after ${facts.seconds.toFixed(1)} s.
  Worker   ${facts.worker} as ${gateway.id}
  SIP      ${addresses.sipAddress}:${addresses.sipPort}    RTP ${addresses.rtpStart}-${addresses.rtpEnd}
  Folder   ${gateway.directory}`);
  if (!phones) return;
  console.log(`
The phone network runs as ${phones.name} (process ${phones.pid}) on ${phones.addresses.sipAddress}:${phones.addresses.sipPort}. Its phones:
${ALL_PHONES.map(({ number, description }) => `  ${number}  ${description}`).join('\n')}
What a phone hears is in ${phones.directory}/heard/<phone>-<caller>.wav, and its digits in the .digits file beside it.
To call the gateway from outside: npm run gateway -- call --from +493023125200 --to <one of your numbers> [--digits 1]`);
}

/** With a wrong token the gateway never connects, and Asterisk's own lines show why. */
function reportConnection(connected: boolean): void {
  console.log(
    connected
      ? 'Connected to the Worker.'
      : 'Not connected to the Worker: trying again every 2 s, and refusing inbound calls with 503.',
  );
}

/** Uploads recordings until the gateway ends. Those that are left then are still in their folder when it starts again. */
function uploadRecordings(gateway: RunningGateway, options: GatewayOptions, since: number): void {
  const { worker = LOCAL_WORKER, token = LOCAL_TOKEN, workerCa } = options;
  const uploader = startUploader({
    folder: gateway.doneRecordings,
    writer: { pid: gateway.pid, since },
    worker,
    id: gateway.id,
    token,
    ...defined({ workerCa }),
    log: withPrefix('recordings'),
  });
  void gateway.exited.then(() => uploader.stop());
}

/** Prompts may hold personal data, and Asterisk itself never deletes one. */
async function deletePromptsRegularly(gateway: RunningGateway): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PROMPT_CHECK_MINUTES * 60_000));
    await deleteOldPrompts(gateway, KEEP_PROMPTS_SECONDS).catch(() => 0);
  }
}

function endOnSignal(running: Instance[]): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.log(`\n${signal}: stopping.`);
      void stopInstances(running).then(() => process.exit(0));
    });
  }
}

async function stopInstances(running: Instance[]): Promise<void> {
  await Promise.all(running.map((instance) => instance.stop()));
}

const withPrefix = (name: string) => (line: string) => console.log(`[${name}] ${line}`);

main().catch((error) => {
  console.error(isForOperator(error) ? error.message : error);
  process.exitCode = 1;
});

/** Whether the message alone says what to put right. Any other error is a fault of ours, and is printed with its stack. */
function isForOperator(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return error instanceof GatewayError || error instanceof TemplateError || code.startsWith('ERR_PARSE_ARGS');
}
