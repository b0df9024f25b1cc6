import { randomBytes } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { assertFree, localPlace, type Place } from './listen-addresses.ts';
import type { Values } from './configuration/template.ts';
import {
  endpointOf,
  type NewTrunk,
  outboundSettings,
  type Trunk,
  Trunks,
  trunkValues,
} from './configuration/trunks.ts';
import { type ConfigurationFile, fill, writeConfiguration } from './configure.ts';
import { isConnected, watchConnection } from './connection.ts';
import { GatewayError } from './errors.ts';
import { installAsterisk, type Log } from './install.ts';
import { type Folders, type Instance, makeFolders, RECORDED, startInstance } from './instance.ts';
import { localTrunk } from './phone-network.ts';

export interface GatewayOptions {
  /** Tells gateways on one machine apart: name, folders, addresses and ports follow from it. 0 unless given. */
  index?: number;
  /** Where the Worker takes gateways; `ws://` only on this machine. */
  worker?: string;
  /** A file with the certificates to trust instead of the public ones, for a Worker behind a private CA. */
  workerCa?: string;
  id?: string;
  token?: string;
  /** The ways into the phone network; the local phone network with the same index unless given. */
  trunks?: NewTrunk[];
  /** Where it listens; loopback unless given. */
  place?: Partial<Place>;
  /** Behind address translation: the address that the carrier sees, and the network inside. */
  nat?: { publicAddress: string; localNet: string };
  /** PEM files for a trunk over TLS: our certificate with its key, and the CAs that carriers are checked against. */
  tls?: { certFile?: string; keyFile?: string; caFile?: string };
  log?: Log;
  /** Called when the Worker was reached, and when it has been away for some seconds. */
  onConnection?: (connected: boolean) => void;
}

export interface Gateway extends Instance {
  index: number;
  id: string;
  version: string;
  place: Place;
  /** Where ARI's recordings are written, and within it those that are complete. */
  recordings: string;
  recorded: string;
  /** Whether the Worker has accepted the socket. */
  connected(): Promise<boolean>;
}

export const LOCAL_WORKER = 'ws://127.0.0.1:8787/v1/gateway';
export const LOCAL_ID = 'gw-local';
export const LOCAL_TOKEN = 'tf_gateway_local';

const SYSTEM_CAS = '/etc/ssl/certs/ca-certificates.crt';

/** Starts a gateway; resolves when Asterisk runs, whether or not the Worker can be reached already. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { index = 0, id = LOCAL_ID, log = () => {} } = options;
  const name = `gateway-${index}`;
  const trunks = parseTrunks(options.trunks ?? [localTrunk(index)]);
  const worker = workerValues(options);
  const place = { ...localPlace('gateway', index), ...options.place };
  const installation = await installAsterisk({ log });
  await assertFree(place);
  const folders = await makeFolders(installation, name);
  const values = {
    ...placeValues(place),
    ...worker,
    name,
    directory: folders.inside,
    module_directory: installation.moduleDirectory,
    gateway_id: id,
    gateway_token: options.token ?? LOCAL_TOKEN,
    ari_password: randomBytes(24).toString('hex'),
    worker_ca_file: options.workerCa === undefined ? SYSTEM_CAS : `${folders.inside}/etc/worker-ca.pem`,
  };
  const nat = await natLines(options);
  const parts = [...trunks.map((trunk) => trunkPart(trunk)), ...tlsParts(trunks, options, folders, nat)];
  await writeConfiguration(join(folders.outside, 'etc'), { kind: 'gateway', values, blocks: { nat }, parts });
  await copyCertificates(options, folders);
  const instance = await startInstance(installation, folders, { name, log });
  const recordings = join(folders.outside, 'spool/recording');
  const recorded = join(folders.outside, RECORDED);
  void watchConnection(instance, options.onConnection ?? (() => {}));
  const connected = () => isConnected(instance);
  return { ...instance, index, id, version: installation.version, place, recordings, recorded, connected };
}

/** Checks trunks as an operator wrote them. */
export function parseTrunks(trunks: unknown): Trunk[] {
  const parsed = v.safeParse(Trunks, trunks);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  // The value is left out: it may be a password.
  throw new GatewayError(
    `The trunks are not valid at ${v.getDotPath(issue) ?? 'the top'}: ${issue.message.split(' but ')[0]}.`,
  );
}

function workerValues({ worker = LOCAL_WORKER }: GatewayOptions): Values {
  if (!URL.canParse(worker)) throw new GatewayError('The address of the Worker is not a URL.');
  const { protocol, hostname } = new URL(worker);
  const local = hostname === 'localhost' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
  if (protocol !== 'wss:' && protocol !== 'ws:')
    throw new GatewayError('The address of the Worker begins with wss:// or ws://.');
  if (protocol === 'ws:' && !local) {
    throw new GatewayError(
      'A Worker on another machine is reached by wss:// only: the token must not travel in the clear.',
    );
  }
  return { worker_url: worker, tls_enabled: protocol === 'wss:' ? 'yes' : 'no' };
}

export function placeValues(place: Place): Values {
  return {
    sip_address: place.sipAddress,
    sip_port: place.sipPort,
    tls_port: place.tlsPort,
    rtp_start: place.rtpStart,
    rtp_end: place.rtpEnd,
  };
}

async function natLines({ nat }: GatewayOptions): Promise<string> {
  if (!nat) return '';
  return await fill('gateway', 'pjsip.d/nat.conf', { public_address: nat.publicAddress, local_net: nat.localNet });
}

function trunkPart(trunk: Trunk): ConfigurationFile {
  return {
    file: `trunk-${endpointOf(trunk)}.conf`,
    // Gateways know each other by their addresses.
    pieces: [`trunk-${trunk.kind === 'gateway' ? 'ip' : trunk.kind}.conf`, 'trunk-endpoint.conf'],
    values: trunkValues(trunk),
    blocks: { outbound: outboundSettings(trunk) },
  };
}

function tlsParts(trunks: Trunk[], { tls }: GatewayOptions, folders: Folders, nat: string): ConfigurationFile[] {
  if (!trunks.some((trunk) => trunk.transport === 'tls')) return [];
  if ((tls?.certFile === undefined) !== (tls?.keyFile === undefined)) {
    throw new GatewayError('A certificate and its key are given together, or neither.');
  }
  const own = tls?.certFile !== undefined;
  return [
    {
      file: 'transport-tls.conf',
      pieces: ['transport-tls.conf'],
      values: { tls_ca_file: tls?.caFile === undefined ? SYSTEM_CAS : `${folders.inside}/etc/trunk-ca.pem` },
      blocks: { nat, certificate: own ? certificateLines(folders) : '' },
    },
  ];
}

function certificateLines({ inside }: Folders): string {
  return `cert_file = ${inside}/etc/trunk-cert.pem\npriv_key_file = ${inside}/etc/trunk-key.pem`;
}

/** Asterisk sees its own folder only, so what it is to read is copied there. */
async function copyCertificates({ workerCa, tls }: GatewayOptions, { outside }: Folders): Promise<void> {
  const files = [
    [workerCa, 'worker-ca.pem'],
    [tls?.certFile, 'trunk-cert.pem'],
    [tls?.keyFile, 'trunk-key.pem'],
    [tls?.caFile, 'trunk-ca.pem'],
  ] as const;
  for (const [from, to] of files) {
    if (from !== undefined) await copyFile(from, join(outside, 'etc', to));
  }
}
