import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillTemplate, type TemplateBlocks, type TemplateValues } from './configuration/template.ts';

const TEMPLATE_FOLDER = join(import.meta.dirname, 'configuration/templates');

/** A gateway, or the phone network that plays the outside world. */
export type InstanceKind = 'gateway' | 'phones';

/** One file below `pjsip.d/`, put together from templates of the same folder. */
export interface ConfigurationFile {
  file: string;
  templates: string[];
  values: TemplateValues;
  blocks?: TemplateBlocks;
}

/**
 * Fills every template of a kind, and those of `files`. Nothing is written before all could be filled, so that a wrong
 * value leaves no half of a configuration.
 */
export async function writeConfiguration(
  directory: string,
  template: { kind: InstanceKind; values: TemplateValues; blocks: TemplateBlocks; files: ConfigurationFile[] },
): Promise<void> {
  const filled = new Map<string, string>();
  const entries = await readdir(join(TEMPLATE_FOLDER, template.kind), { withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    filled.set(entry.name, await fillTemplateFile(template.kind, entry.name, template.values, template.blocks));
  }
  for (const { file, templates, values, blocks } of template.files) {
    const all = { ...template.values, ...values };
    const texts = await Promise.all(
      templates.map((name) => fillTemplateFile(template.kind, `pjsip.d/${name}`, all, blocks)),
    );
    filled.set(`pjsip.d/${file}`, texts.join('\n'));
  }
  await mkdir(join(directory, 'pjsip.d'), { recursive: true });
  for (const [name, text] of filled) await writeFile(join(directory, name), text, { mode: 0o600 });
}

export async function fillTemplateFile(
  kind: InstanceKind,
  name: string,
  values: TemplateValues,
  blocks?: TemplateBlocks,
): Promise<string> {
  return fillTemplate(await readFile(join(TEMPLATE_FOLDER, kind, name), 'utf8'), values, blocks);
}
