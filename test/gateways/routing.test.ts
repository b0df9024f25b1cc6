import { describe, expect, it } from 'vitest';
import { isSpecial, routesFor, type Trunk } from '../../src/gateways/routing.ts';
import { newId } from '../../src/lib/ids.ts';

const ID = newId('CA', Date.parse('2100-01-01T12:00:00Z'));
const trunk = (change: Partial<Trunk> = {}): Trunk => ({
  gateway: 'gw-1',
  id: 'phones',
  prefixes: [''],
  priority: 1,
  capacity: 2,
  gatewayCapacity: 5,
  emergency: [],
  ...change,
});

describe('an emergency or short number', () => {
  it.each(['112', '110', '+49112', '+31112', '+43144', '+353112', '+49116117', '+4911833'])(
    'is recognised in %s',
    (number) => expect(isSpecial(number)).toBe(true),
  );

  it.each(['+493023125100', '+31851234567', '+3222345678', '+35312345678', '+4312345'])(
    'is not recognised in %s, which is a phone’s',
    (number) => expect(isSpecial(number)).toBe(false),
  );

  it('is refused, unless a trunk is mapped to it as it is dialled', () => {
    expect(routesFor('+49112', [trunk()], ID)).toBe('emergency-refused');
    expect(routesFor('+49112', [trunk({ emergency: ['+49112'] })], ID)).toMatchObject([{ trunk: 'phones' }]);
    expect(routesFor('+49110', [trunk({ emergency: ['+49112'] })], ID)).toBe('emergency-refused');
    const mapped = [
      trunk({ id: 'a', emergency: ['+49112', '1120'] }),
      trunk({ id: 'b', emergency: ['112'], priority: 2 }),
    ];
    expect(routesFor('112', mapped, ID)).toMatchObject([{ trunk: 'b' }]);
    expect(routesFor('11', mapped, ID)).toBe('emergency-refused');
  });
});

describe('the routes for a number', () => {
  it('are the trunks that serve it, by their order', () => {
    const trunks = [
      trunk({ id: 'b', priority: 2 }),
      trunk({ id: 'nl', prefixes: ['31'] }),
      trunk({ id: 'a', prefixes: ['49'] }),
    ];
    expect(routesFor('+493023125100', trunks, ID)).toMatchObject([{ trunk: 'a' }, { trunk: 'b' }]);
  });

  it('do not exist where no trunk serves it, or where there is no trunk at all', () => {
    expect(routesFor('+441632960000', [trunk({ prefixes: ['31'] })], ID)).toBe('no-route');
    expect(routesFor('+493023125100', [], ID)).toBe('no-gateway');
  });

  it('share the load between trunks of the same order, the same way for the same call', () => {
    const trunks = [trunk({ id: 'a' }), trunk({ id: 'b' })];
    const first = (id: string) => (routesFor('+493023125100', trunks, id) as { trunk: string }[])[0]?.trunk;
    expect(new Set(['0', '1', '2', '3'].map((end) => first(`CA000${end}`)))).toEqual(new Set(['a', 'b']));
    expect(first(ID)).toBe(first(ID));
  });
});

it('a SIP address is reached only at a host that a trunk was given', () => {
  const trunks = [trunk({ id: 'pbx', prefixes: ['sip:pbx.example.com'] }), trunk({ prefixes: [''] })];
  expect(routesFor('sip:reception@PBX.example.com', trunks, ID)).toMatchObject([{ trunk: 'pbx' }]);
  expect(routesFor('sip:reception@other.example.com', trunks, ID)).toBe('no-route');
  expect(routesFor('sips:x@pbx.example.com.evil.example', trunks, ID)).toBe('no-route');
});

describe('a SIP address', () => {
  const pbx = trunk({ id: 'pbx', prefixes: ['sip:pbx.example.com', 'sip:pbx.example.com:5080'] });
  const everything = trunk({ id: 'all', prefixes: [''] });

  it.each([
    'sip:desk@pbx.example.com',
    'sip:desk@PBX.example.com:5060',
    'sips:desk@pbx.example.com',
    'sips:desk@pbx.example.com:5061',
    'sip:desk@pbx.example.com:5080',
    'sip:desk@pbx.example.com:05080',
  ])('is reached at a host and port that the trunk lists: %s', (address) =>
    expect(routesFor(address, [everything, pbx], ID)).toMatchObject([{ trunk: 'pbx' }]),
  );

  it.each([
    'sip:desk@pbx.example.com:22',
    'sip:desk@pbx.example.com:5061',
    'sips:desk@pbx.example.com:5060',
    'sip:desk@other.example.com',
    'sip:desk@pbx.example.com:5080:22',
    'sip:desk@pbx.example.com;transport=tcp',
  ])('is reached nowhere else: %s', (address) => expect(routesFor(address, [everything, pbx], ID)).toBe('no-route'));
});
