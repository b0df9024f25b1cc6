import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Blocks, fillTemplate, type Values } from './configuration/template.ts';

const TEMPLATES = join(import.meta.dirname, 'configuration/templates');

export type Kind = 'gateway' | 'phones';

/** One file below `pjsip.d/`, put together from the named pieces of the same folder. */
export interface ConfigurationFile {
  file: string;
  pieces: string[];
  values: Values;
  blocks?: Blocks;
}

/** Fills every template of a kind and the parts, all before the first file is written. */
export async function writeConfiguration(
  directory: string,
  template: { kind: Kind; values: Values; blocks: Blocks; parts: ConfigurationFile[] },
): Promise<void> {
  const files = new Map<string, string>();
  const entries = await readdir(join(TEMPLATES, template.kind), { withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    files.set(entry.name, await fill(template.kind, entry.name, template.values, template.blocks));
  }
  for (const { file, pieces, values, blocks } of template.parts) {
    const all = { ...template.values, ...values };
    const filled = await Promise.all(pieces.map((piece) => fill(template.kind, `pjsip.d/${piece}`, all, blocks)));
    files.set(`pjsip.d/${file}`, filled.join('\n'));
  }
  await mkdir(join(directory, 'pjsip.d'), { recursive: true });
  for (const [name, text] of files) await writeFile(join(directory, name), text, { mode: 0o600 });
}

/** A template that is used inside another one. */
export async function fill(kind: Kind, name: string, values: Values, blocks?: Blocks): Promise<string> {
  return fillTemplate(await readFile(join(TEMPLATES, kind, name), 'utf8'), values, blocks);
}
