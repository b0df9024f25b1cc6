import type { TestProject } from 'vitest/node';
import { installAsterisk, whyNotInstallable } from '../../src/gateway-agent/install.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why gateways cannot run on this machine; '' when they can. */
    skipped: string;
  }
}

/** Installs Asterisk once for all test files, or prints loudly why none of them will run. */
export async function setup(project: TestProject): Promise<void> {
  const reason = (await whyNotInstallable()) ?? '';
  project.provide('skipped', reason);
  if (reason) return announceSkip(reason);
  await installAsterisk({ log: (line) => process.stdout.write(`${line}\n`) });
}

function announceSkip(reason: string): void {
  const line = '='.repeat(100);
  process.stdout.write(`\n${line}\nSKIPPED: NO GATEWAY TEST WAS RUN. ${reason}\n${line}\n\n`);
}
