import { randomBytes } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import type { TemplateValues } from './configuration/template.ts';
import {
  endpointName,
  outboundSettings,
  type TrunkConfig,
  TrunkConfigs,
  type TrunkInput,
  trunkValues,
} from './configuration/trunks.ts';
import { type ConfigurationFile, fillTemplateFile, writeConfiguration } from './configure.ts';
import { isConnected, watchConnection } from './connection.ts';
import { GatewayError } from './errors.ts';
import { installAsterisk, type Log } from './install.ts';
import { DONE_RECORDINGS, type Instance, type InstanceFolders, makeFolders, startInstance } from './instance.ts';
import { addressValues, assertSipPortFree, type ListenAddresses, localAddresses } from './listen-addresses.ts';
import { localTrunk } from './phone-network.ts';

export interface GatewayOptions {
  /** Tells gateways on one machine apart: name, folders, addresses and ports follow from the index. 0 unless given. */
  index?: number;
  /** The URL at which the Worker takes gateways; `ws://` only on this machine. */
  worker?: string;
  /** A file with the certificates to trust instead of the public ones, for a Worker behind a private CA. */
  workerCa?: string;
  id?: string;
  token?: string;
  /** The trunks into the phone network; one to the local phone network with the same index unless given. */
  trunks?: TrunkInput[];
  /** The addresses on which the gateway listens; loopback unless given. */
  addresses?: Partial<ListenAddresses>;
  /** For a gateway behind address translation: the address that the carrier sees, and the network inside. */
  nat?: { publicAddress: string; localNet: string };
  /** PEM files for trunks over TLS: our certificate with its key, and the CAs that the carriers' certificates are checked against. */
  tls?: { certFile?: string; keyFile?: string; caFile?: string };
  log?: Log;
  /** Is called when the Worker was reached, and when it has been away for some seconds. */
  onConnection?: (connected: boolean) => void;
}

export interface RunningGateway extends Instance {
  index: number;
  id: string;
  version: string;
  addresses: ListenAddresses;
  /** The folder of ARI's recordings, and within it that of the recordings that are to be uploaded. */
  recordings: string;
  doneRecordings: string;
  /** Whether the Worker has accepted the socket. */
  connected(): Promise<boolean>;
}

export const LOCAL_WORKER = 'ws://127.0.0.1:8787/v1/gateway';
export const LOCAL_ID = 'gw-local';
export const LOCAL_TOKEN = 'tf_gateway_local';

const SYSTEM_CAS = '/etc/ssl/certs/ca-certificates.crt';

/** Starts a gateway, and resolves when Asterisk runs, whether or not the Worker can be reached already. */
export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const { index = 0, id = LOCAL_ID, log = () => {} } = options;
  const name = `gateway-${index}`;
  const trunks = parseTrunks(options.trunks ?? [localTrunk(index)]);
  const worker = workerValues(options);
  const addresses = { ...localAddresses('gateway', index), ...options.addresses };
  const installation = await installAsterisk({ log });
  await assertSipPortFree(addresses);
  const folders = await makeFolders(installation, name);
  const values = {
    ...addressValues(addresses),
    ...worker,
    name,
    directory: folders.inChroot,
    module_directory: installation.moduleDirectory,
    gateway_id: id,
    gateway_token: options.token ?? LOCAL_TOKEN,
    ari_password: randomBytes(24).toString('hex'),
    worker_ca_file: options.workerCa === undefined ? SYSTEM_CAS : `${folders.inChroot}/etc/worker-ca.pem`,
  };
  const nat = await natLines(options);
  const files = [...trunks.map((trunk) => trunkFile(trunk)), ...tlsFiles(trunks, options, folders, nat)];
  await writeConfiguration(join(folders.onHost, 'etc'), { kind: 'gateway', values, blocks: { nat }, files });
  await copyCertificates(options, folders);
  const instance = await startInstance(installation, folders, { name, log });
  const recordings = join(folders.onHost, 'spool/recording');
  const doneRecordings = join(folders.onHost, DONE_RECORDINGS);
  void watchConnection(instance, options.onConnection ?? (() => {}));
  const connected = () => isConnected(instance);
  return { ...instance, index, id, version: installation.version, addresses, recordings, doneRecordings, connected };
}

/** Checks trunks as an operator wrote them; throws a GatewayError that says which field is wrong. */
export function parseTrunks(trunks: unknown): TrunkConfig[] {
  const parsed = v.safeParse(TrunkConfigs, trunks);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  // The message leaves the value out: it may be a password.
  throw new GatewayError(
    `The trunks are not valid at ${v.getDotPath(issue) ?? 'the top'}: ${issue.message.split(' but ')[0]}.`,
  );
}

function workerValues({ worker = LOCAL_WORKER }: GatewayOptions): TemplateValues {
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

async function natLines({ nat }: GatewayOptions): Promise<string> {
  if (!nat) return '';
  return await fillTemplateFile('gateway', 'pjsip.d/nat.conf', {
    public_address: nat.publicAddress,
    local_net: nat.localNet,
  });
}

function trunkFile(trunk: TrunkConfig): ConfigurationFile {
  return {
    file: `trunk-${endpointName(trunk)}.conf`,
    // Gateways know each other by their addresses, like a carrier of the kind `ip`.
    templates: [`trunk-${trunk.kind === 'gateway' ? 'ip' : trunk.kind}.conf`, 'trunk-endpoint.conf'],
    values: trunkValues(trunk),
    blocks: { outbound: outboundSettings(trunk) },
  };
}

function tlsFiles(
  trunks: TrunkConfig[],
  { tls }: GatewayOptions,
  folders: InstanceFolders,
  nat: string,
): ConfigurationFile[] {
  if (!trunks.some((trunk) => trunk.transport === 'tls')) return [];
  if ((tls?.certFile === undefined) !== (tls?.keyFile === undefined)) {
    throw new GatewayError('A certificate and its key are given together, or neither.');
  }
  const own = tls?.certFile !== undefined;
  return [
    {
      file: 'transport-tls.conf',
      templates: ['transport-tls.conf'],
      values: { tls_ca_file: tls?.caFile === undefined ? SYSTEM_CAS : `${folders.inChroot}/etc/trunk-ca.pem` },
      blocks: { nat, certificate: own ? certificateLines(folders) : '' },
    },
  ];
}

function certificateLines({ inChroot }: InstanceFolders): string {
  return `cert_file = ${inChroot}/etc/trunk-cert.pem\npriv_key_file = ${inChroot}/etc/trunk-key.pem`;
}

/** Asterisk sees only its own folder, so the files that it is to read are copied there. */
async function copyCertificates({ workerCa, tls }: GatewayOptions, { onHost }: InstanceFolders): Promise<void> {
  const files = [
    [workerCa, 'worker-ca.pem'],
    [tls?.certFile, 'trunk-cert.pem'],
    [tls?.keyFile, 'trunk-key.pem'],
    [tls?.caFile, 'trunk-ca.pem'],
  ] as const;
  for (const [from, to] of files) {
    if (from !== undefined) await copyFile(from, join(onHost, 'etc', to));
  }
}
