import { access, chown, mkdir, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { phoneDialplan } from './configuration/phones.ts';
import type { TrunkInput } from './configuration/trunks.ts';
import { type ConfigurationFile, writeConfiguration } from './configure.ts';
import { GatewayError } from './errors.ts';
import { installAsterisk, type Log } from './install.ts';
import { type Instance, makeFolders, startInstance } from './instance.ts';
import {
  addressValues,
  assertSipPortFree,
  type ListenAddresses,
  localAddresses,
  MAX_INSTANCES,
} from './listen-addresses.ts';
import { runProgram } from './run-program.ts';

export interface PhoneNetworkOptions {
  index?: number;
  /** Indices of gateways that reach the phone network over TLS and SRTP only; all others use UDP. */
  tlsGateways?: number[];
  log?: Log;
}

export interface CallFromOutside {
  from: string;
  to: string;
  /** The index of the gateway that is called. */
  gateway?: number;
  /** Keys that the caller presses `afterSeconds` after the answer. */
  digits?: string;
  afterSeconds?: number;
  /** The caller gives up after this long without an answer. */
  ringSeconds?: number;
  /** The caller hangs up this long after the answer. */
  talkSeconds?: number;
}

/** How a call ended for the caller in the outside world. */
export interface CallOutcome {
  /** Asterisk's DIALSTATUS, for example `ANSWER`. */
  status: string;
  /** Q.850. */
  cause: number;
  /** What the gateway answered, for example `SIP 404 Not Found`. */
  sip: string;
}

export interface PhoneNetwork extends Instance {
  index: number;
  addresses: ListenAddresses;
  /** For gateways over TLS: the CA to trust, and the certificate to show with its key; one self-signed pair is all of it. */
  tls: { caFile: string; certFile: string; keyFile: string };
  /** Has a phone call a gateway, and resolves when the call is on its way. */
  placeCall(call: CallFromOutside): Promise<void>;
  /** The path of the WAV (8 kHz, 16 bit, mono) of what `phone` heard in its last call with `peer`; while they talk, the file lags behind. */
  heard(phone: string, peer: string): string;
  /** The same path, once the file is complete, which is shortly after the end of the call. */
  heardComplete(phone: string, peer: string, withinSeconds?: number): Promise<string>;
  /** The path of the complete file of the phone that keeps 16 kHz. */
  heardWide(phone: string, peer: string): Promise<string>;
  /** The digits that `phone` heard so far from `peer`. */
  digitsHeard(phone: string, peer: string): Promise<string>;
  /** Waits for the end of a call that `placeCall` began. */
  outcome(call: Pick<CallFromOutside, 'from' | 'to'>, withinSeconds?: number): Promise<CallOutcome>;
}

/** The name and password with which gateways register here, as at a carrier that does not know them by their addresses. */
export const CUSTOMER = { username: 'tf-customer', password: 'local-customer' };

const NUMBER = /^\+?\d{3,15}$/;
const DIGITS = /^[0-9*#A-D]{0,40}$/;

/** The trunk by which a gateway on this machine reaches the phone network with this index. */
export function localTrunk(index = 0): TrunkInput {
  const { sipAddress, sipPort } = localAddresses('phones', index);
  return { kind: 'ip', id: 'phones', host: sipAddress, port: sipPort, matches: [sipAddress], country: '49' };
}

/** Starts an Asterisk that plays the outside world; `phones.ts` says what its numbers do. */
export async function startPhoneNetwork(options: PhoneNetworkOptions = {}): Promise<PhoneNetwork> {
  const { index = 0, tlsGateways = [], log = () => {} } = options;
  const name = `phones-${index}`;
  const addresses = localAddresses('phones', index);
  const installation = await installAsterisk({ log });
  await assertSipPortFree(addresses);
  const folders = await makeFolders(installation, name);
  const etc = join(folders.onHost, 'etc');
  const values = {
    ...addressValues(addresses),
    name,
    directory: folders.inChroot,
    module_directory: installation.moduleDirectory,
    heard_directory: `${folders.inChroot}/heard`,
    customer: CUSTOMER.username,
    customer_password: CUSTOMER.password,
    tls_cert_file: `${folders.inChroot}/etc/cert.pem`,
    tls_key_file: `${folders.inChroot}/etc/key.pem`,
  };
  const blocks = { phones: phoneDialplan() };
  await writeConfiguration(etc, { kind: 'phones', values, blocks, files: gatewayFiles(tlsGateways) });
  if (tlsGateways.length > 0)
    await makeCertificate(etc, [addresses, ...tlsGateways.map((at) => localAddresses('gateway', at))]);
  const instance = await startInstance(installation, folders, { name, log });
  const calls = phoneNetworkAt(folders.onHost);
  const heardComplete = (phone: string, peer: string, withinSeconds = 10) =>
    waitUntilClosed(instance.pid, calls.heard(phone, peer), withinSeconds);
  const heardWide = (phone: string, peer: string) => waitUntilClosed(instance.pid, `${calls.heard(phone, peer)}16`, 10);
  return { ...instance, ...calls, index, addresses, tls: tlsFiles(etc), heardComplete, heardWide };
}

function gatewayFiles(tlsGateways: number[]): ConfigurationFile[] {
  const gateways = Array.from({ length: MAX_INSTANCES }, (_, index) => {
    const { sipAddress, sipPort, tlsPort } = localAddresses('gateway', index);
    const secure = tlsGateways.includes(index);
    return {
      file: `gateway-${index}.conf`,
      templates: [secure ? 'gateway-tls.conf' : 'gateway.conf'],
      values: { gateway: `gateway-${index}`, gateway_address: sipAddress, gateway_port: secure ? tlsPort : sipPort },
    };
  });
  const tls = { file: 'transport-tls.conf', templates: ['transport-tls.conf'], values: {} };
  return tlsGateways.length > 0 ? [tls, ...gateways] : gateways;
}

function tlsFiles(etc: string): PhoneNetwork['tls'] {
  const certFile = join(etc, 'cert.pem');
  return { caFile: certFile, certFile, keyFile: join(etc, 'key.pem') };
}

async function makeCertificate(etc: string, listening: ListenAddresses[]): Promise<void> {
  const { certFile, keyFile } = tlsFiles(etc);
  const names = listening.map(({ sipAddress }) => `IP:${sipAddress}`).join(',');
  const subject = ['-subj', '/CN=Phone network', '-addext', `subjectAltName=${names}`];
  const files = ['-keyout', keyFile, '-out', certFile];
  await runProgram('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...subject, ...files]);
}

/** What can be done with a running phone network by its folder alone, also from another process. */
export function phoneNetworkAt(
  directory: string,
): Pick<PhoneNetwork, 'placeCall' | 'heard' | 'digitsHeard' | 'outcome'> {
  const file = (phone: string, peer: string, ending: string) =>
    join(directory, 'heard', `${phone.replace('+', '')}-${peer.replace('+', '')}.${ending}`);
  return {
    heard: (phone, peer) => file(phone, peer, 'wav'),
    digitsHeard: async (phone, peer) => {
      const lines = await readFile(file(phone, peer, 'digits'), 'utf8').catch(() => '');
      return lines.replace(/\s/g, '');
    },
    placeCall: async (call) => {
      await rm(file(call.from, call.to, 'outcome'), { force: true });
      await placeCallFile(directory, callFile(call));
    },
    outcome: ({ from, to }, withinSeconds = 30) => waitForOutcome(file(from, to, 'outcome'), withinSeconds),
  };
}

/** The text of a call file of Asterisk. Every value is checked, since a line break or a comma would be another setting. */
function callFile(call: CallFromOutside): string {
  const { from, to, gateway = 0, digits = '', afterSeconds = 1, ringSeconds = 60, talkSeconds = 600 } = call;
  if (!NUMBER.test(to))
    throw new GatewayError('The number to call has 3 to 15 digits, and perhaps a plus before them.');
  if (from !== 'anonymous' && !NUMBER.test(from))
    throw new GatewayError('The caller is neither a number nor "anonymous".');
  if (!DIGITS.test(digits)) throw new GatewayError('Digits are 0–9, *, # and A–D, forty at most.');
  if (![afterSeconds, ringSeconds, talkSeconds].every((seconds) => seconds >= 0 && seconds <= 3600)) {
    throw new GatewayError('A time is given in seconds, up to 3600.');
  }
  const variables = {
    FROM: from,
    TO: to,
    GATEWAY: gatewayName(gateway),
    DIGITS: digits,
    AFTER_SECONDS: afterSeconds,
    RING_SECONDS: ringSeconds,
    TALK_SECONDS: talkSeconds,
  };
  return [
    'Channel: Local/place@caller/n',
    `WaitTime: ${ringSeconds + 5}`,
    'Context: caller',
    'Extension: talk',
    'Priority: 1',
    ...Object.entries(variables).map(([name, value]) => `Setvar: ${name}=${value}`),
    '',
  ].join('\n');
}

/** Throws for an index that no gateway can have. */
function gatewayName(index: number): string {
  localAddresses('gateway', index);
  return `gateway-${index}`;
}

let callFiles = 0;

/** Asterisk takes a call file the moment that it appears in the spool folder, so the file is moved there whole. */
async function placeCallFile(directory: string, text: string): Promise<void> {
  callFiles += 1;
  const file = `${process.pid}-${callFiles}.call`;
  await mkdir(join(directory, 'spool/tmp'), { recursive: true });
  await writeFile(join(directory, 'spool/tmp', file), text);
  // Asterisk must own the file: it changes the file's time while it calls, and removes it afterwards.
  const { uid, gid } = await stat(join(directory, 'spool/outgoing'));
  await chown(join(directory, 'spool/tmp', file), uid, gid);
  await rename(join(directory, 'spool/tmp', file), join(directory, 'spool/outgoing', file));
}

async function waitForOutcome(file: string, withinSeconds: number): Promise<CallOutcome> {
  const deadline = Date.now() + withinSeconds * 1000;
  while (Date.now() < deadline) {
    const [, status, cause, sip] =
      ((await exists(file)) && /^(\S*) (\d*) (.*)/.exec(await readFile(file, 'utf8'))) || [];
    if (status !== undefined) return { status, cause: Number(cause), sip: sip ?? '' };
    await sleep(50);
  }
  throw new GatewayError(`The call was not over after ${withinSeconds} s.`);
}

/** Waits until Asterisk has closed a file: it writes recordings in blocks, the last one when the call is over. */
async function waitUntilClosed(pid: number, file: string, withinSeconds: number): Promise<string> {
  const deadline = Date.now() + withinSeconds * 1000;
  while (Date.now() < deadline) {
    const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const open = await Promise.all(handles.map((handle) => readlink(`/proc/${pid}/fd/${handle}`).catch(() => '')));
    if ((await exists(file)) && !open.includes(file)) return file;
    await sleep(50);
  }
  throw new GatewayError(`The recording was not complete after ${withinSeconds} s.`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
