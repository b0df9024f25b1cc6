import { defineConfig } from 'vitest/config';
import { hideExpected } from './support/runtime-log.ts';
import { Sequencer } from './support/sequencer.ts';
import { workerd } from './support/workerd.ts';

// Where wrangler looks for the secrets that wrangler.toml requires.
process.env.MEDIA_SECRET = 'media-secret-of-the-tests-32-chars-or-more';
hideExpected();

/**
 * Three kinds of tests, told apart by their names: pure ones in plain node, `*.worker.test.ts` inside workerd, and
 * `scenarios/` over HTTP against the Worker as `npm start` runs it.
 */
export default defineConfig({
  test: {
    // A run that nobody watches prints its failures and its summary.
    reporters: process.stdout.isTTY ? ['default'] : ['minimal'],
    // More than there are processors: most of them wait.
    maxWorkers: 6,
    sequence: { sequencer: Sequencer },
    projects: [
      {
        root: '.',
        test: {
          name: 'pure',
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/**/*.worker.test.ts',
            'test/**/*.gateway.test.ts',
            'test/scenarios/**',
            'test/docs/**',
            'test/gateway/**',
          ],
        },
      },
      {
        root: '.',
        // Packages whose source maps point to files that they do not bring are warned of at every start.
        logLevel: 'error',
        plugins: [
          workerd({
            // The embedded voice is away, unless a test brings one.
            serviceBindings: { SPEECH: () => new Response(null, { status: 503 }) },
            outboundService: (request: Request) => new Response(`no network: ${request.url}`, { status: 599 }),
          }),
        ],
        test: {
          name: 'workerd',
          include: ['test/**/*.worker.test.ts'],
          setupFiles: ['./test/support/database.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          isolate: false,
        },
      },
      {
        root: '.',
        test: {
          name: 'scenarios',
          include: ['test/scenarios/**/*.test.ts', 'test/docs/**/*.test.ts'],
          isolate: false,
          globalSetup: ['./test/support/global-server.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Tests that wait side by side: one that is not begun would keep those from going on that gather with it.
          maxConcurrency: 40,
        },
      },
    ],
  },
});
