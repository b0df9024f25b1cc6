import { describe, expect, it } from 'vitest';
import { chooseNode, missingPackages } from '../../src/cli/installation.mjs';

const lock = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/router': { version: '6.0.0' },
    'node_modules/tester': { version: '5.0.0', dev: true },
    'node_modules/engine-for-mac': { version: '2.0.0', optional: true },
  },
};
const missing = (packages: Record<string, { version: string }> | undefined, withTests = true) =>
  missingPackages(lock, packages && { packages }, { withTests });

describe('what has to be installed', () => {
  it('is everything but what is optional, on a fresh checkout', () => {
    expect(missing(undefined)).toEqual(['node_modules/router', 'node_modules/tester']);
  });

  it('is not what only tests need, when the product is started', () => {
    expect(missing(undefined, false)).toEqual(['node_modules/router']);
    expect(missing({ 'node_modules/router': { version: '6.0.0' } }, false)).toEqual([]);
  });

  it('is nothing once all is there, whatever else is', () => {
    const there = {
      'node_modules/router': { version: '6.0.0' },
      'node_modules/tester': { version: '5.0.0' },
      'node_modules/stranger': { version: '1.0.0' },
    };
    expect(missing(there)).toEqual([]);
  });

  it('is what is there in another version, also where it is optional', () => {
    const there = {
      'node_modules/router': { version: '5.9.0' },
      'node_modules/tester': { version: '5.0.0' },
      'node_modules/engine-for-mac': { version: '1.0.0' },
    };
    expect(missing(there)).toEqual(['node_modules/router', 'node_modules/engine-for-mac']);
  });
});

describe('the Node that scripts run on', () => {
  it.each([
    ['v24.0.0', 'linux', 'x64', 'own'],
    ['v25.1.0', 'darwin', 'arm64', 'own'],
    ['v24.3.0', 'freebsd', 'x64', 'own'],
    ['v22.20.0', 'linux', 'x64', 'package'],
    ['v20.20.2', 'linux', 'arm64', 'package'],
    ['v20.20.2', 'linux', 's390x', 'missing'],
    ['v22.20.0', 'darwin', 'arm64', 'missing'],
    ['v22.20.0', 'win32', 'x64', 'missing'],
  ])('with %s on %s %s is: %s', (version, platform, arch, choice) => {
    expect(chooseNode({ version, platform, arch })).toBe(choice);
  });
});
