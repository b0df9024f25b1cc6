import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsIn, helpOf, missingCommands, pathsIn, unknownOptions, unknownToWrangler } from './commands.ts';
import { PAGES, type Page, placeOf } from './pages.ts';

const BLOCKS = PAGES.flatMap(({ blocks }) => blocks);
const COMMANDS = BLOCKS.filter(({ language }) => language === 'bash' || language === 'ini').flatMap(commandsIn);

/** Words of the code's past, and of nobody else: a page says conference, dialled call, message. */
const PRIVATE = /\b(rooms?|kin|child|children|farewells?|goodbyes?|mourn)\b/i;

const EMPTY = { page: '', line: 0, language: 'bash', kind: '' };

const anchorsOf = ({ prose }: Page): string[] => {
  const seen = new Map<string, number>();
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => {
    const slug = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
};

function brokenLinks(page: Page): string[] {
  const links = [...page.prose.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const path = file === '' ? page.path : join(dirname(page.path), file);
    const target = PAGES.find((it) => it.path === path);
    return anchor === undefined ? !existsSync(path) : !(target && anchorsOf(target).includes(anchor));
  });
}

describe.each(PAGES.map((page) => [page.path, page] as const))('%s', (_path, page) => {
  it('has one title', () => {
    expect(page.prose.match(/^# /gm)).toHaveLength(1);
  });

  it('has no HTML', () => {
    expect(page.prose.replace(/`[^`]*`/g, '').match(/<\/?[a-z][^>]*>|<!--/i)).toBeNull();
  });

  it('has links that lead somewhere', () => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('names no file that is not there', () => {
    const inBlocks = page.blocks.filter(({ language }) => language !== 'ts').map(({ text }) => text);
    const named = [page.prose.replace(/```.*```/g, ''), ...inBlocks].flatMap(pathsIn);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('the documents', () => {
  // The code's own pages name the rooms of a domain.
  const forCustomers = PAGES.filter(({ path }) => !/architecture|contributing/.test(path));

  it.each(forCustomers.map((page) => [page.path, page] as const))('use no private words: %s', (_path, page) => {
    expect(page.prose.replace(/`[^`]*`/g, '').match(PRIVATE)?.[0]).toBeUndefined();
  });

  it('are the only ones that the code refers to', () => {
    const files = ['src', 'test', 'migrations'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    const texts = [...files.filter((path) => /\.(ts|mjs|sql|conf|toml)$/.test(path)), 'wrangler.toml', 'package.json'];
    const named = texts.flatMap((path) =>
      (readFileSync(path, 'utf8').match(/[\w/-]+\.md\b/g) ?? []).map((name) => ({ path, name })),
    );
    const isThere = ({ path, name }: { path: string; name: string }) =>
      ['', 'src/docs', dirname(path)].some((folder) => existsSync(join(folder, name)));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((it) => !isThere(it))).toEqual([]);
  });

  it('name scripts that exist', () => {
    const called = PAGES.flatMap(({ prose }) => [...prose.matchAll(/`npm run ([a-z:]+)/g)]).map(
      ([, name = '']) => name,
    );
    expect(called.filter((name) => missingCommands({ ...EMPTY, text: `npm run ${name}` }).length > 0)).toEqual([]);
  });

  it('begin with a README of fewer than 900 words', () => {
    expect(PAGES[0]?.text.split(/\s+/).length).toBeLessThan(900);
  });

  it('name commands that exist, also where they are not run', () => {
    const idle = BLOCKS.filter(({ language, kind }) => language === 'bash' && kind.startsWith('no-run'));
    expect(idle.filter((block) => missingCommands(block).length > 0).map(placeOf)).toEqual([]);
  });

  it.each(['account', 'gateways', 'gateway'])('give npm run %s only options that it has', (name) => {
    const calls = COMMANDS.filter((it) => it.startsWith(`npm run ${name} `) || it.includes(`src/cli/${name}.ts`));
    const help = helpOf('node', `src/cli/${name}.ts`, '--help');
    expect(
      unknownOptions(
        calls.map((it) => it.replace(/.*?call --from/, 'call --from')),
        `${help} --after --remote`,
      ),
    ).toEqual([]);
  });

  it('give wrangler only commands and options that it has', () => {
    const calls = COMMANDS.filter((it) => it.startsWith('npx wrangler ')).map((it) => it.replace('npx ', ''));
    expect(calls.flatMap(unknownToWrangler)).toEqual([]);
  });
});
