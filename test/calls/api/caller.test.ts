import { describe, expect, it } from 'vitest';
import { callerShown } from '../../../src/calls/api/inbound.ts';

describe('the caller of a call that arrives is shown', () => {
  it.each([
    ['+31851234567', '+31851234567'],
    ['+31 85 123 4567', '+31851234567'],
    ['+49 (30) 2312-5000', '+493023125000'],
    ['101', '101'],
    ['+12345', '+12345'],
    ['0031851234567', '0031851234567'],
  ])('as a number: %s', (given, shown) => expect(callerShown(given)).toBe(shown));

  it.each([
    '',
    'anonymous',
    '<script>alert(1)</script>',
    '+31851234567\r\nX: y',
    '+31851234567\n',
    '"Bank" <sip:+31851234567@carrier>',
    '+31851234567;phone-context=x',
    '9'.repeat(72),
    `+31${' '.repeat(70_000)}`,
    '٣١٨٥١٢٣٤٥٦٧',
    '+',
  ])('as anonymous where it is none: %j', (given) => expect(callerShown(given)).toBe('anonymous'));
});
