import { expect, it } from 'vitest';
import { apiClient, KEYS } from '../support/api.ts';
import { hookServer, OTHER_SECRET } from '../support/hook-server.ts';
import { worldOf } from '../support/world.ts';

const { api: mine, hookServer: myServer } = worldOf(import.meta.url);
const other = apiClient(KEYS.other);

it("one customer's hanging server does not delay another customer's callbacks", async () => {
  await using hanging = await hookServer({ '/status': () => {} }, OTHER_SECRET);
  await using healthy = await myServer();
  const order = { from: '+31857654321', flow: [{ verb: 'hangup' }], status_callback: `${hanging.url}/status` };
  const stuck = await Promise.all(Array.from({ length: 20 }, () => other.place(order)));
  const id = await mine.place({ flow: [{ verb: 'hangup' }], status_callback: `${healthy.url}/status` });
  await mine.untilEvent(id, 'callback.delivered', 3);
  // Not one of the hanging requests has even been given up by then.
  for (const one of stuck) expect((await other.events(one)).some(({ type }) => type === 'callback.failed')).toBe(false);
});
