import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';

type Options = Exclude<Parameters<typeof cloudflareTest>[0], (...args: never[]) => unknown>;
type Surroundings = Pick<NonNullable<Options['miniflare']>, 'serviceBindings' | 'outboundService'>;

/** The Worker of wrangler.toml inside workerd, with a database and a queue of its own; its surroundings are the caller's. */
export const workerd = (surroundings: Surroundings) =>
  cloudflareTest(async () => ({
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      bindings: {
        TEST_MIGRATIONS: await readD1Migrations('./migrations'),
        JURISDICTION: 'none',
        WEBHOOK_URLS: 'any',
      },
      queueConsumers: {
        'telefoon-webhooks': {
          maxBatchSize: 6,
          maxBatchTimeout: 0,
          maxRetries: 3,
          retryDelay: 0,
          deadLetterQueue: 'telefoon-webhooks-dead',
        },
      },
      ...surroundings,
    },
  }));
