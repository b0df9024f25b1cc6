import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: process.stdout.isTTY ? ['default'] : ['minimal'],
    include: ['test/**/*.gateway.test.ts'],
    globalSetup: ['test/gateway/setup.ts'],
    // Real ports and real Asterisks on a small machine: one file after the other.
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 180_000,
  },
});
