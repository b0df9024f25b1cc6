import { expect, it } from 'vitest';
import { sha256Hex, toHex } from '../../src/lib/hex.ts';

it('hex has two lower-case digits for every byte', () => {
  expect(toHex(Uint8Array.of(0, 10, 255))).toBe('000aff');
  expect(toHex(Uint8Array.of(1, 2).buffer)).toBe('0102');
  expect(toHex(new Uint8Array())).toBe('');
});

it('hex has only the part of a buffer that the bytes are a view of', () => {
  expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0203');
});

it('a text is hashed as its bytes in UTF-8', async () => {
  expect(await sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(await sha256Hex('é')).toBe(await sha256Hex(Uint8Array.of(0xc3, 0xa9)));
});
