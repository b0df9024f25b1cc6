import { expect, it } from 'vitest';
import { isSupportedVersion } from '../../../src/carriers/asterisk/version.ts';

it.each([
  ['22.10.1+dfsg+~cs6.17', true],
  ['22.10.1', true],
  ['22.11.0', true],
  ['23.0.0', true],
  ['22.10.0', false],
  ['22.9.9', false],
  ['20.18.2', false],
  ['certified-20.7', false],
  ['', false],
])('Asterisk %s is new enough: %s', (version, enough) => expect(isSupportedVersion(version)).toBe(enough));
