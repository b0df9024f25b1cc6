import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll } from 'vitest';

// `reset` only wipes what is awake, so the database is woken first.
beforeAll(async () => {
  await env.DB.exec('SELECT 1');
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
