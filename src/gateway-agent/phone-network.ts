import { access, chown, mkdir, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertFree, INSTANCES, localPlace, type Place } from './listen-addresses.ts';
import { phoneDialplan } from './configuration/phones.ts';
import type { NewTrunk } from './configuration/trunks.ts';
import { type ConfigurationFile, writeConfiguration } from './configure.ts';
import { GatewayError } from './errors.ts';
import { installAsterisk, type Log } from './install.ts';
import { type Instance, makeFolders, startInstance } from './instance.ts';
import { run } from './run-program.ts';

export interface PhoneNetworkOptions {
  index?: number;
  /** Gateways (by index) that reach it over TLS and SRTP only; all others use UDP. */
  tlsGateways?: number[];
  log?: Log;
}

export interface InboundCall {
  from: string;
  to: string;
  /** The index of the gateway that is called. */
  gateway?: number;
  /** Pressed `afterSeconds` after the answer. */
  digits?: string;
  afterSeconds?: number;
  /** The caller gives up after this long without an answer. */
  ringSeconds?: number;
  /** The caller hangs up this long after the answer. */
  talkSeconds?: number;
}

/** What a call looked like to the caller in the outside world, once it is over. */
export interface InboundOutcome {
  status: string;
  cause: number;
  /** What the gateway answered, for example `SIP 404 Not Found`. */
  sip: string;
}

export interface PhoneNetwork extends Instance {
  index: number;
  place: Place;
  /** With `tlsGateways`: what such a gateway trusts (`caFile`) and shows (`certFile`, `keyFile`), one self-signed pair for all. */
  tls: { caFile: string; certFile: string; keyFile: string };
  /** Calls a gateway; resolves when the call is on its way. */
  placeCall(call: InboundCall): Promise<void>;
  /** The WAV (8 kHz, 16 bit, mono) of what `phone` heard in its last call with `peer`; while they talk, it lags behind. */
  heard(phone: string, peer: string): string;
  /** The same of the phone that keeps 16 kHz, when it is complete. */
  heardWide(phone: string, peer: string): Promise<string>;
  /** The same file, when it is complete: shortly after the end of their call. */
  heardAll(phone: string, peer: string, withinSeconds?: number): Promise<string>;
  /** The digits that `phone` heard so far from `peer`. */
  digitsHeard(phone: string, peer: string): Promise<string>;
  /** Waits for the end of a call that `placeCall` began. */
  outcome(call: Pick<InboundCall, 'from' | 'to'>, withinSeconds?: number): Promise<InboundOutcome>;
}

/** At this registrar, gateways register under a name, as with a carrier without fixed addresses. */
export const CUSTOMER = { username: 'tf-customer', password: 'local-customer' };

const NUMBER = /^\+?\d{3,15}$/;
const DIGITS = /^[0-9*#A-D]{0,40}$/;

/** How a gateway on this machine reaches the phone network with the same index, or another one. */
export function localTrunk(index = 0): NewTrunk {
  const { sipAddress, sipPort } = localPlace('phones', index);
  return { kind: 'ip', id: 'phones', host: sipAddress, port: sipPort, matches: [sipAddress], country: '49' };
}

/** Starts an Asterisk that plays the outside world; `phones.ts` tells what its numbers do. */
export async function startPhoneNetwork(options: PhoneNetworkOptions = {}): Promise<PhoneNetwork> {
  const { index = 0, tlsGateways = [], log = () => {} } = options;
  const name = `phones-${index}`;
  const place = localPlace('phones', index);
  const installation = await installAsterisk({ log });
  await assertFree(place);
  const folders = await makeFolders(installation, name);
  const etc = join(folders.outside, 'etc');
  const values = {
    sip_address: place.sipAddress,
    sip_port: place.sipPort,
    tls_port: place.tlsPort,
    rtp_start: place.rtpStart,
    rtp_end: place.rtpEnd,
    name,
    directory: folders.inside,
    module_directory: installation.moduleDirectory,
    heard_directory: `${folders.inside}/heard`,
    customer: CUSTOMER.username,
    customer_password: CUSTOMER.password,
    tls_cert_file: `${folders.inside}/etc/cert.pem`,
    tls_key_file: `${folders.inside}/etc/key.pem`,
  };
  const blocks = { phones: phoneDialplan() };
  await writeConfiguration(etc, { kind: 'phones', values, blocks, parts: gatewayParts(tlsGateways) });
  if (tlsGateways.length > 0)
    await makeCertificate(etc, [place, ...tlsGateways.map((at) => localPlace('gateway', at))]);
  const instance = await startInstance(installation, folders, { name, log });
  const calls = callsOf(folders.outside);
  const heardAll = (phone: string, peer: string, withinSeconds = 10) =>
    waitUntilClosed(instance.pid, calls.heard(phone, peer), withinSeconds);
  const heardWide = (phone: string, peer: string) => waitUntilClosed(instance.pid, `${calls.heard(phone, peer)}16`, 10);
  return { ...instance, ...calls, index, place, tls: tlsFiles(etc), heardAll, heardWide };
}

function gatewayParts(tlsGateways: number[]): ConfigurationFile[] {
  const gateways = Array.from({ length: INSTANCES }, (_, index) => {
    const { sipAddress, sipPort, tlsPort } = localPlace('gateway', index);
    const secure = tlsGateways.includes(index);
    return {
      file: `gateway-${index}.conf`,
      pieces: [secure ? 'gateway-tls.conf' : 'gateway.conf'],
      values: { gateway: `gateway-${index}`, gateway_address: sipAddress, gateway_port: secure ? tlsPort : sipPort },
    };
  });
  const tls = { file: 'transport-tls.conf', pieces: ['transport-tls.conf'], values: {} };
  return tlsGateways.length > 0 ? [tls, ...gateways] : gateways;
}

function tlsFiles(etc: string): PhoneNetwork['tls'] {
  const certFile = join(etc, 'cert.pem');
  return { caFile: certFile, certFile, keyFile: join(etc, 'key.pem') };
}

async function makeCertificate(etc: string, places: Place[]): Promise<void> {
  const { certFile, keyFile } = tlsFiles(etc);
  const names = places.map(({ sipAddress }) => `IP:${sipAddress}`).join(',');
  const subject = ['-subj', '/CN=Phone network', '-addext', `subjectAltName=${names}`];
  const files = ['-keyout', keyFile, '-out', certFile];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...subject, ...files]);
}

/** What can be done with a running phone network from its folder alone, also by another process. */
export function callsOf(directory: string): Pick<PhoneNetwork, 'placeCall' | 'heard' | 'digitsHeard' | 'outcome'> {
  const note = (phone: string, peer: string, ending: string) =>
    join(directory, 'heard', `${phone.replace('+', '')}-${peer.replace('+', '')}.${ending}`);
  return {
    heard: (phone, peer) => note(phone, peer, 'wav'),
    digitsHeard: async (phone, peer) => {
      const lines = await readFile(note(phone, peer, 'digits'), 'utf8').catch(() => '');
      return lines.replace(/\s/g, '');
    },
    placeCall: async (call) => {
      await rm(note(call.from, call.to, 'outcome'), { force: true });
      await spool(directory, callFile(call));
    },
    outcome: ({ from, to }, withinSeconds = 30) => waitForOutcome(note(from, to, 'outcome'), withinSeconds),
  };
}

/** A call file of Asterisk; every value is checked, since a line break or a comma would be another setting. */
function callFile(call: InboundCall): string {
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

/** Refuses an index that no gateway can have. */
function gatewayName(index: number): string {
  localPlace('gateway', index);
  return `gateway-${index}`;
}

let spooled = 0;

/** Asterisk takes a call file the moment that it appears, so it is moved there whole. */
async function spool(directory: string, text: string): Promise<void> {
  spooled += 1;
  const file = `${process.pid}-${spooled}.call`;
  await mkdir(join(directory, 'spool/tmp'), { recursive: true });
  await writeFile(join(directory, 'spool/tmp', file), text);
  // Asterisk changes the file's time while it calls, and removes the file afterwards.
  const { uid, gid } = await stat(join(directory, 'spool/outgoing'));
  await chown(join(directory, 'spool/tmp', file), uid, gid);
  await rename(join(directory, 'spool/tmp', file), join(directory, 'spool/outgoing', file));
}

async function waitForOutcome(file: string, withinSeconds: number): Promise<InboundOutcome> {
  const deadline = Date.now() + withinSeconds * 1000;
  while (Date.now() < deadline) {
    const there = await exists(file);
    const [, status, cause, sip] = (there && /^(\S*) (\d*) (.*)/.exec(await readFile(file, 'utf8'))) || [];
    if (status !== undefined) return { status, cause: Number(cause), sip: sip ?? '' };
    await sleep(50);
  }
  throw new GatewayError(`The call was not over after ${withinSeconds} s.`);
}

/** Asterisk writes a recording in blocks, the last one when the call is over. */
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
