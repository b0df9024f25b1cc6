import { describe, expect, it } from 'vitest';
import { verbs } from '../src/flow/verbs/index.ts';

const sources = Object.entries(
  import.meta.glob<string>(['../src/**/*.ts', '!../src/**/*.d.ts'], { query: '?raw', import: 'default', eager: true }),
).map(([path, text]) => ({ path: path.replace('../src/', ''), text }));

/** Imports go from right to left only, types included: a domain knows those that stand before it. */
const LAYERS =
  'lib contracts http accounts numbers rates gateways retention webhooks speech consents recordings flow calls conferences carriers retention-job routes.ts index.ts'.split(
    ' ',
  );

/** The rooms of a domain, in the same way: the core knows none of the others. */
const ROOMS = ['core', 'store', 'api', 'object'];

/** Folders that are shells as a whole; everywhere else the core of a domain is pure. */
const SHELLS = ['contracts', 'http', 'speech', 'webhooks', 'carriers', 'retention-job', 'cli', 'gateway-agent'];

/** Node programs: they may use the cores of all domains, and nothing of the Worker uses them. */
const PROGRAMS = ['cli', 'gateway-agent'];

/** The files of lib that run an object or ask the database; all others are pure. */
const LIB_SHELLS = ['lib/object-store.ts', 'lib/object-shell.ts', 'lib/by-index.ts', 'lib/scoped-rows.ts'];

const domainOf = (path: string): string => path.split('/')[0] ?? '';
const roomOf = (path: string): string => /^[^/]+\/(object|api|store)\//.exec(path)?.[1] ?? 'core';

const arrows = sources.flatMap(({ path, text }) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, to = '']) => ({
    from: path,
    to: new URL(to, `file:///src/${path}`).pathname.replace('/src/', ''),
  })),
);
const written = ({ from, to }: { from: string; to: string }) => `${from} → ${to}`;

describe('the sources', () => {
  it('are found, with their imports', () => {
    expect(sources.length).toBeGreaterThan(200);
    expect(arrows.length).toBeGreaterThan(800);
  });

  it('belong to a layer each', () => {
    const domains = new Set(sources.map(({ path }) => domainOf(path)));
    expect([...domains].filter((domain) => !LAYERS.includes(domain) && !PROGRAMS.includes(domain))).toEqual([]);
  });

  it('import only from the layers before their own', () => {
    const upward = arrows.filter(({ from, to }) => {
      const [a, b] = [LAYERS.indexOf(domainOf(from)), LAYERS.indexOf(domainOf(to))];
      return a >= 0 && to.endsWith('.ts') && (b < 0 || b > a);
    });
    expect(upward.map(written)).toEqual([]);
  });

  it('import within a domain from the rooms before their own', () => {
    const upward = arrows.filter(
      ({ from, to }) => domainOf(from) === domainOf(to) && ROOMS.indexOf(roomOf(to)) > ROOMS.indexOf(roomOf(from)),
    );
    expect(upward.map(written)).toEqual([]);
  });

  it('have no cycle of files', () => {
    const next = new Map(
      sources.map(({ path }) => [path, arrows.filter(({ from }) => from === path).map(({ to }) => to)]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, above: string[]): void => {
      if (above.includes(path)) cycles.push([...above.slice(above.indexOf(path)), path].join(' → '));
      if (done.has(path) || above.includes(path)) return;
      for (const to of next.get(path) ?? []) visit(to, [...above, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it('are pure in every core: no platform, clock, randomness, input or output', () => {
    const impure =
      /from '(cloudflare:|drizzle-orm|itty-router)|\bDate\.now\(|Math\.random\(|\bfetch\((?!request: )|\benv\.|: Env\b/;
    const cores = sources.filter(
      ({ path }) =>
        path.includes('/') && roomOf(path) === 'core' && !SHELLS.includes(domainOf(path)) && !LIB_SHELLS.includes(path),
    );
    expect(cores.length).toBeGreaterThan(60);
    expect(
      cores.flatMap(
        ({ path, text }) =>
          text
            .match(impure)
            ?.slice(0, 1)
            .map((it) => `${path}: ${it}`) ?? [],
      ),
    ).toEqual([]);
  });

  it('keep the pure core from importing what is not', () => {
    const isShell = (path: string) =>
      (SHELLS.includes(domainOf(path)) && domainOf(path) !== 'contracts') || roomOf(path) !== 'core';
    const cores = arrows.filter(({ from }) => from.includes('/') && !isShell(from) && domainOf(from) !== 'contracts');
    const values = cores.filter(({ from, to }) => isShell(to) && !isTypeOnly(from, to));
    expect(values.map(written).filter((arrow) => !PURE_SHELL_FILES.test(arrow))).toEqual([]);
  });

  it('name no class of an object anywhere but in index.ts', () => {
    const named = arrows.filter(({ from, to }) => from !== 'index.ts' && /\/(object\/)?(name-)?object\.ts$/.test(to));
    expect(named.map(written)).toEqual([]);
  });

  it('read and write the tables of a domain in its own store only', () => {
    const tables = sources.flatMap(({ path, text }) =>
      path.endsWith('/store/table.ts')
        ? [...text.matchAll(/sqliteTable\(\s*'(\w+)'/g)].map(([, table = '']) => ({ table, domain: domainOf(path) }))
        : [],
    );
    expect(tables.length).toBeGreaterThan(10);
    const trespasses = tables.flatMap(({ table, domain }) =>
      sources
        .filter(({ path }) => !path.startsWith(`${domain}/store/`) && !PROGRAMS.includes(domainOf(path)))
        .filter(({ text }) => new RegExp(`\\b(FROM|JOIN|INTO|UPDATE|TABLE)\\s+${table}\\b`).test(text))
        .map(({ path }) => `${path} → ${table}`),
    );
    const imported = arrows.filter(
      ({ from, to }) =>
        to.endsWith('/store/table.ts') && roomOf(from) !== 'store' && !PROGRAMS.includes(domainOf(from)),
    );
    expect([...trespasses, ...imported.map(written)]).toEqual([]);
  });

  it('read no meaning out of an id outside contracts/ and lib/ids.ts', () => {
    const reading = sources.filter(
      ({ path, text }) =>
        domainOf(path) !== 'contracts' && path !== 'lib/ids.ts' && /startsWith\('(CA|CF|RE|CN|AC)'\)/.test(text),
    );
    expect(reading.map(({ path }) => path)).toEqual([]);
  });
});

/** Whether a file imports nothing but types from another one. */
function isTypeOnly(from: string, to: string): boolean {
  const { text = '' } = sources.find(({ path }) => path === from) ?? {};
  const statements = [...text.matchAll(/import (type )?\{([^}]*)\} from '(\.[^']+)'/g)].filter(
    ([, , , path = '']) => new URL(path, `file:///src/${from}`).pathname.replace('/src/', '') === to,
  );
  return statements.every(
    ([, type, names = '']) => type || names.split(',').every((name) => /^\s*(type |$)/.test(name)),
  );
}

/** Files of shells that hold data or arithmetic only, which cores may use. */
const PURE_SHELL_FILES =
  /→ (speech\/(languages|tunes|language-tag|ssml)|webhooks\/(backoff|delivery-queue|check-urls)|http\/(fields|errors))\.ts$/;

it('every file in flow/verbs is registered in its index', () => {
  const files = Object.keys(import.meta.glob('../src/flow/verbs/*.ts'))
    .map((path) => path.replace(/^.*\/(.*)\.ts$/, '$1'))
    .filter((name) => name !== 'index' && name !== 'attributes');
  expect(verbs.map(({ name }) => name).sort()).toEqual(files.sort());
});
