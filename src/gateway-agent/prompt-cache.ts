import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instance } from './instance.ts';

/** Deletes what Asterisk fetched to play longer than `seconds` ago; resolves to how many it were. */
export async function sweepPrompts(gateway: Instance, seconds: number): Promise<number> {
  const listed = await gateway.asterisk('media cache show all');
  const oldest = Date.now() - seconds * 1000;
  let deleted = 0;
  for (const [, url, file] of listed.matchAll(/^(https?:\/\/\S+)\s*\n\s+(\S+)/gm)) {
    if (url === undefined || file === undefined) continue;
    // The list tells the path as Asterisk sees it.
    const written = await stat(join(gateway.directory, 'cache', file.split('/').at(-1) ?? '')).catch(() => undefined);
    if (written && written.mtimeMs > oldest) continue;
    // Deleted through Asterisk, which would otherwise go on looking for the file. One that is playing stays open.
    await gateway.asterisk(`media cache delete ${url}`);
    deleted += 1;
  }
  return deleted;
}
