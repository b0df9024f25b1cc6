import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Block } from './pages.ts';

/** What the compiler says of blocks that stand for files of the project. */
export function compilerComplaints(blocks: Block[]): string {
  mkdirSync('.wrangler', { recursive: true });
  const folder = resolve(mkdtempSync('.wrangler/docs-'));
  try {
    const files = blocks.map((block, index) => {
      writeFileSync(join(folder, `${index}.ts`), withAbsoluteImports(block));
      return `${index}.ts`;
    });
    const config = { extends: resolve('tsconfig.json'), files: [...files, resolve('src/env.d.ts')], include: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const { stdout, stderr } = spawnSync('tsc', ['-p', folder], { encoding: 'utf8' });
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const withAbsoluteImports = ({ kind: path, text }: Block): string =>
  text.replace(/from '(\.[^']+)'/g, (_, target: string) => `from '${resolve(dirname(path), target)}'`);
