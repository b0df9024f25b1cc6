import { expect, it } from 'vitest';
import { sharedAddress } from '../../../src/gateway-agent/configuration/shared-address.ts';

const trunks = (one: string[], other: string[]) => [
  { id: 'one', matches: one },
  { id: 'other', matches: other },
];

it.each([
  [['192.0.2.10'], ['192.0.2.10']],
  [['192.0.2.1', '192.0.2.10'], ['192.0.2.0/24']],
  [['192.0.2.128/25'], ['192.0.2.0/24']],
  [['0.0.0.0/0'], ['203.0.113.9']],
  [['sip.carrier.example'], ['SIP.Carrier.example']],
])('trunks that take calls from %j and from %j could not be told apart', (one, other) =>
  expect(sharedAddress(trunks(one, other))).toMatch(/\(one\) and from .* \(other\)/),
);

it.each([
  [['192.0.2.10'], ['192.0.2.11']],
  [['192.0.2.0/25'], ['192.0.2.128/25']],
  [['198.51.100.0/24', '192.0.2.10'], ['192.0.3.0/24']],
  [['a.example'], ['b.example', '192.0.2.1']],
])('trunks that take calls from %j and from %j can be told apart', (one, other) =>
  expect(sharedAddress(trunks(one, other))).toBeUndefined(),
);

it('a trunk may name one of its addresses twice', () => {
  expect(sharedAddress([{ id: 'one', matches: ['192.0.2.10', '192.0.2.0/24'] }])).toBeUndefined();
});
