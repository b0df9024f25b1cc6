import type { TestProject } from 'vitest/node';
import { installAsterisk, whyNotInstallable } from '../../src/gateway-agent/install.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the gateway cannot be tried here; empty when it can. */
    skipped: string;
  }
}

/** Installs Asterisk once for all files, or says loudly why nothing will be tried. */
export async function setup(project: TestProject): Promise<void> {
  const reason = (await whyNotInstallable()) ?? '';
  project.provide('skipped', reason);
  if (reason) return announce(reason);
  await installAsterisk({ log: (line) => process.stdout.write(`${line}\n`) });
}

function announce(reason: string): void {
  const line = '='.repeat(100);
  process.stdout.write(`\n${line}\nSKIPPED: NO GATEWAY TEST WAS RUN. ${reason}\n${line}\n\n`);
}
