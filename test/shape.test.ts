import { describe, expect, it } from 'vitest';
import { verbs } from '../src/flow/verbs/index.ts';

const sources = Object.entries(
  import.meta.glob<string>(['../src/**/*.ts', '!../src/env.d.ts'], { query: '?raw', import: 'default', eager: true }),
).map(([path, text]) => ({ path: path.replace('../src/', ''), text }));

const PURE =
  /(^lib\/(?!row-store)|(model|machine|cursor|backoff|mailbox|record|range|step|script|speaking|view|carrier|verb)\.ts$|^(calls|conferences)\/(flow|dial|meeting|kin|asking|line|recorder|coverage|hold|delivery)\.ts$|^flow\/connect\.ts$|^carriers\/asterisk\/(bridges|commands|events|causes|reconcile|routing|version)\.ts$|^carriers\/simulated\/(bridge|heard|line|meeting|playing|recorder|render|said|score|sounds|tones)\.ts$|^speech\/tunes\.ts$|^recordings\/wav\.ts$|^privacy\/(policy|notices|duration|retention|masking)\.ts$|^flow\/(xml|document|problem|verbs\/))/;
const IMPURE = /from '(cloudflare:|drizzle-orm|itty-router)|\bDate\.now\(|Math\.random\(|\bfetch\(|\benv\./;

describe('the sources', () => {
  it('are found at all', () => {
    expect(sources.length).toBeGreaterThan(50);
  });

  it.each(sources.filter(({ path }) => PURE.test(path)).map(({ path, text }) => [path, text]))(
    '%s is pure: no platform, clock, randomness, input or output',
    (_path, text) => {
      expect(text.match(IMPURE)?.[0]).toBeUndefined();
    },
  );

  it('keep to 300 lines a file', () => {
    expect(sources.filter(({ text }) => text.split('\n').length > 301).map(({ path }) => path)).toEqual([]);
  });

  it('reach objects only through index.ts and typed getters', () => {
    const importers = sources
      .filter(({ text }) => /^import (?!type).*\/object\.ts'/m.test(text))
      .map(({ path }) => path);
    expect(importers).toEqual([]);
  });

  it('let nothing in the core know the network, the router or the database', () => {
    const core = sources.filter(({ path }) => /^(lib|flow)\//.test(path));
    const wrong = core.filter(({ text }) =>
      /from '\.\.\/(\.\.\/)?(calls|conferences|http|accounts|numbers)\//.test(text),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('let the networks reach calls only through their object', () => {
    const networks = sources.filter(({ path }) => /^carriers\/(simulated|asterisk)\/(?!routes|inbound)/.test(path));
    expect(networks.filter(({ text }) => /^import (?!type).*\/calls\//m.test(text)).map(({ path }) => path)).toEqual(
      [],
    );
  });
});

it('every file in flow/verbs is registered in its index', () => {
  const files = Object.keys(import.meta.glob('../src/flow/verbs/*.ts'))
    .map((path) => path.replace(/^.*\/(.*)\.ts$/, '$1'))
    .filter((name) => name !== 'index' && name !== 'attributes');
  expect(verbs.map(({ name }) => name).sort()).toEqual(files.sort());
});

it('the flow reference has every verb with every attribute', () => {
  const [reference = ''] = Object.values(
    import.meta.glob<string>('../src/flow/README.md', { query: '?raw', import: 'default', eager: true }),
  );
  for (const { name, attributes } of verbs) {
    expect(reference).toMatch(new RegExp(`^\\| \`${name}\` `, 'm'));
    for (const attribute of Object.keys(attributes)) expect(reference).toContain(`\`${attribute}\``);
  }
});
