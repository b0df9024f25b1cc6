import * as v from 'valibot';
import { gatewayEndpoint } from '../../carriers/asterisk/channel-names.ts';
import { sharedAddress } from './shared-address.ts';
import { GRAMMAR, type TemplateValues } from './template.ts';

const text = (grammar: RegExp) => v.pipe(v.string(), v.regex(grammar));
const Port = v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(65535));

const common = {
  /** Part of the dial string `PJSIP/<number>@<id>`, and the third argument of an inbound call. */
  id: text(GRAMMAR.trunk),
  host: text(GRAMMAR.host),
  port: v.optional(Port),
  transport: v.optional(v.picklist(['udp', 'tcp', 'tls']), 'udp'),
  /** Encrypts the audio. The keys travel in the SDP, so SRTP is refused without TLS. */
  srtp: v.optional(v.boolean(), false),
  /** Addresses, networks or host names that the carrier calls from. */
  matches: v.pipe(v.array(text(/^[A-Za-z0-9.-]+(\/\d{1,2})?$/)), v.minLength(1), v.maxLength(50)),
  codecs: v.optional(text(GRAMMAR.codecs), 'alaw,ulaw,g722'),
  /** The country code for inbound numbers in national form; without it they are taken as E.164 that lacks its plus. */
  country: v.optional(text(GRAMMAR.country), ''),
  nationalPrefix: v.optional(text(GRAMMAR.national_prefix), '0'),
  fromUser: v.optional(text(GRAMMAR.from_user)),
  fromDomain: v.optional(text(GRAMMAR.from_domain)),
};

const IpTrunk = v.strictObject({ kind: v.literal('ip'), ...common });
const RegistrationTrunk = v.strictObject({
  kind: v.literal('registration'),
  ...common,
  username: text(GRAMMAR.username),
  password: text(GRAMMAR.password),
  /** The domain of the address of record; the host unless given. */
  domain: v.optional(text(GRAMMAR.domain)),
});

/** A link to another gateway, by that one's id: legs of the two meet through it. It is no way into the phone network. */
const GatewayLink = v.strictObject({ kind: v.literal('gateway'), ...common });

/** A trunk as the operator writes it: a way from a gateway into the phone network, or to another gateway. */
export const TrunkConfig = v.pipe(
  v.variant('kind', [IpTrunk, RegistrationTrunk, GatewayLink]),
  v.check(
    (trunk) => !trunk.srtp || trunk.transport === 'tls',
    'SRTP needs the transport tls: its keys travel in the signalling.',
  ),
);
export type TrunkConfig = v.InferOutput<typeof TrunkConfig>;
export type TrunkInput = v.InferInput<typeof TrunkConfig>;

export const TrunkConfigs = v.pipe(
  v.array(TrunkConfig),
  v.check(
    (trunks) => new Set(trunks.map((trunk) => trunk.id)).size === trunks.length,
    'Every trunk needs an id of its own.',
  ),
  v.check(
    (trunks) => sharedAddress(trunks) === undefined,
    ({ input }) => `${sharedAddress(input)} cannot be told apart: an address belongs to one trunk.`,
  ),
);

/** The name of a trunk's endpoint in Asterisk, as it stands in dial strings. */
export const endpointName = ({ kind, id }: Pick<TrunkConfig, 'kind' | 'id'>): string =>
  kind === 'gateway' ? gatewayEndpoint(id) : id;

/** The values for the templates of a trunk. */
export function trunkValues(trunk: TrunkConfig): TemplateValues {
  const port = trunk.port ?? (trunk.transport === 'tls' ? 5061 : 5060);
  return {
    trunk: endpointName(trunk),
    context: trunk.kind === 'gateway' ? 'from-gateway' : 'from-trunk',
    host: trunk.host,
    port,
    transport: trunk.transport,
    uri_transport: trunk.transport === 'udp' ? '' : `\\;transport=${trunk.transport}`,
    uri_port: trunk.kind === 'registration' && trunk.domain === undefined ? `:${port}` : '',
    matches: trunk.matches.join(','),
    codecs: trunk.codecs,
    country: trunk.country,
    national_prefix: trunk.nationalPrefix,
    media_encryption: trunk.srtp ? 'sdes' : 'no',
    ...(trunk.kind === 'registration' && {
      username: trunk.username,
      password: trunk.password,
      domain: trunk.domain ?? trunk.host,
    }),
  };
}

/** The settings of the endpoint that stand in its file only when the carrier asks for them. */
export function outboundSettings(trunk: TrunkConfig): string {
  const lines = [
    trunk.kind === 'registration' && `outbound_auth = ${trunk.id}`,
    trunk.fromUser !== undefined && `from_user = ${trunk.fromUser}`,
    trunk.fromDomain !== undefined && `from_domain = ${trunk.fromDomain}`,
  ];
  return lines.filter((line) => line !== false).join('\n');
}
