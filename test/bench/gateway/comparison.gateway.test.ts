import { describe, expect, inject, it } from 'vitest';
import type {} from '../../gateway/setup.ts';
import { measureGateway } from './comparison.ts';

/** This test only proves that every step is measured: times differ from machine to machine. */
describe.skipIf(inject('skipped'))('npm run bench -- --gateway', () => {
  it('measures every step of a call, the Worker’s and the bare client’s', { timeout: 120_000 }, async () => {
    const report = await measureGateway(2, 1);
    const steps = { invite: SPREAD, flow: SPREAD, prompt: SPREAD };
    expect(report).toMatchObject({
      ours: { calls: 2, failures: [], steps },
      bare: { calls: 2, failures: [], steps },
    });
  });
});

const SPREAD = { p50: expect.any(Number), p95: expect.any(Number) };
