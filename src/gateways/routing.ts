import type { EndCause, Route } from '../contracts/carrier.ts';

/** A trunk as the operator registered it: a way from one gateway into the phone network. */
export interface Trunk {
  gateway: string;
  id: string;
  /** The digits that its numbers begin with, '' for every number; `sip:<host>` or `sip:<host>:<port>` for the SIP addresses of a host. */
  prefixes: string[];
  /** The lowest is tried first. */
  priority: number;
  /** Calls at the same time, over this trunk and over its whole gateway. */
  capacity: number;
  gatewayCapacity: number;
  /** Emergency and short numbers that it may be given, as they are dialled. */
  emergency: string[];
}

/** Country codes of Europe that have three digits; the rest of the continent has two. */
const THREE_DIGIT_CODE = /^(3[578]\d|42\d)/;
/** Digits of the shortest number of a subscriber, without the country code. */
const SHORTEST_NATIONAL = 5;

/**
 * Whether this is an emergency or short number (112, 110, 144, 116117, 11880 …), with or without a country code. Such a
 * number is refused by default: the people who answer cannot see where the caller is, and some cost a fortune.
 */
export function isSpecial(number: string): boolean {
  if (!number.startsWith('+')) return true;
  const digits = number.slice(1);
  const national = digits.slice(THREE_DIGIT_CODE.test(digits) ? 3 : /^[17]/.test(digits) ? 1 : 2);
  return national.length < SHORTEST_NATIONAL || /^11\d{3,4}$/.test(national);
}

const isSip = (number: string): boolean => /^sips?:/.test(number);

/** The ports that a SIP address means when it names none (RFC 3261, 19.1.2). */
const SIP_PORTS: Record<string, string> = { sip: '5060', sips: '5061' };

/** The host of a SIP address with its port, where that is not the usual one; undefined for a number. */
function sipHost(address: string): string | undefined {
  const [, scheme = '', host, port = ''] = /^(sips?):[^@]+@([^:]+)(?::(\d+))?$/.exec(address) ?? [];
  if (host === undefined) return undefined;
  return `sip:${host.toLowerCase()}${port === '' || port === SIP_PORTS[scheme] ? '' : `:${Number(port)}`}`;
}

/**
 * Whether a trunk reaches a number, by its first digits, or a SIP address. The hosts of SIP addresses are listed one by one,
 * with any port but the usual one: else customers could have the gateway call any machine, and any program on it.
 */
function serves({ prefixes }: Trunk, number: string): boolean {
  const host = sipHost(number);
  if (host !== undefined) return prefixes.includes(host);
  if (isSip(number)) return false;
  return prefixes.some((prefix) => number.replace(/^\+/, '').startsWith(prefix));
}

/** The routes to try for a number or a SIP address, the best first, or the cause with which the call ends when there is none. */
export function routesFor(number: string, trunks: Trunk[], call: string): Route[] | EndCause {
  if (trunks.length === 0) return 'no-gateway';
  const special = !isSip(number) && isSpecial(number);
  const serving = trunks.filter((trunk) => (special ? trunk.emergency.includes(number) : serves(trunk, number)));
  if (serving.length === 0) return special ? 'emergency-refused' : 'no-route';
  // Trunks of the same priority share the load. The call's id decides, so that a repeated request comes to the same order.
  const start = Number.parseInt(call.slice(-4), 16) || 0;
  return serving
    .map((trunk, index) => ({ trunk, turn: (index + start) % serving.length }))
    .sort((a, b) => a.trunk.priority - b.trunk.priority || a.turn - b.turn)
    .map(({ trunk }) => ({
      gateway: trunk.gateway,
      trunk: trunk.id,
      capacity: trunk.capacity,
      gatewayCapacity: trunk.gatewayCapacity,
    }));
}
