import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instance } from './instance.ts';

/** Deletes prompts that Asterisk fetched more than `seconds` ago, and resolves to how many those were. */
export async function deleteOldPrompts(gateway: Instance, seconds: number): Promise<number> {
  const listed = await gateway.asterisk('media cache show all');
  const oldestKept = Date.now() - seconds * 1000;
  let deleted = 0;
  for (const [, url, file] of listed.matchAll(/^(https?:\/\/\S+)\s*\n\s+(\S+)/gm)) {
    if (url === undefined || file === undefined) continue;
    // The list has the path as Asterisk sees it.
    const written = await stat(join(gateway.directory, 'cache', file.split('/').at(-1) ?? '')).catch(() => undefined);
    if (written && written.mtimeMs > oldestKept) continue;
    // Asterisk itself deletes the file: otherwise it would go on looking for it. A file that is being played stays open.
    await gateway.asterisk(`media cache delete ${url}`);
    deleted += 1;
  }
  return deleted;
}
