import { expect, it } from 'vitest';
import { ALL_PHONES, phoneDialplan } from '../../../src/gateway-agent/configuration/phones.ts';

it('every phone of the phone network has a number of its own, from the range for fiction', () => {
  const numbers = ALL_PHONES.map((phone) => phone.number);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const number of numbers) expect(number).toMatch(/^\+493023125\d{3}$/);
  expect(phoneDialplan()).toContain('exten => +493023125101,1');
});
