import { describe, expect, it } from 'vitest';
import { verbs } from '../../src/flow/verbs/index.ts';
import { ALL_PHONES } from '../../src/gateway-agent/configuration/phones.ts';
import { TrunkConfig } from '../../src/gateway-agent/configuration/trunks.ts';
import { SPOKEN_LANGUAGES } from '../../src/speech/languages.ts';
import { OPERATIONS, schemaNamed } from './openapi.ts';
import { namesIn, PAGES, type Page, pageNamed, rowsUnder } from './pages.ts';

const SOURCES = Object.values(
  import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true }),
).join('\n');

const ERRORS = Object.values(import.meta.glob<Record<string, unknown>>('../../src/**/api/errors.ts', { eager: true }));
const HTTP_ERRORS = Object.values(
  import.meta.glob<Record<string, unknown>>('../../src/http/errors.ts', { eager: true }),
);

const namesUnder = (page: Page, heading: string): string[] =>
  rowsUnder(page, heading).flatMap(([first]) => namesIn(first));

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

/** The part of a page under a heading, up to the next one. */
function sectionOf(page: Page, heading: string): Page {
  const from = page.prose.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`${page.path} has no section ${heading}.`);
  const rest = page.prose.slice(from + heading.length + 1);
  const end = rest.search(/^#+ /m);
  return { ...page, prose: end < 0 ? rest : rest.slice(0, end) };
}

describe('the requests', () => {
  const rows = PAGES.flatMap((page) => rowsUnder(page, 'request'));

  it('are all documented, and no others', () => {
    expect(sorted(rows.flatMap(([request]) => namesIn(request)))).toEqual(sorted(OPERATIONS.map((it) => it.request)));
  });

  it.each(OPERATIONS)('have the errors that their page names: $request', ({ request, errors }) => {
    const row = rows.find(([first]) => namesIn(first).includes(request));
    expect(sorted(namesIn(row?.at(-1)))).toEqual(sorted(errors));
  });

  it.each(PAGES.map((page) => [page.path, page] as const))('have the parameters that %s names', (_path, page) => {
    const requests = namesUnder(page, 'request');
    const query = OPERATIONS.filter((it) => requests.includes(it.request)).flatMap((it) => it.query);
    expect(sorted(namesUnder(page, 'parameter'))).toEqual(sorted(query));
  });
});

describe('the fields', () => {
  const SIMULATE_CALLER = ['give_up_after'];
  it.each([
    ['calls.md', ['NewCall', 'Call', 'ChangeCall'], []],
    ['conferences.md', ['NewConference', 'Conference', 'ChangeConference', 'NewParticipant', 'Participant'], []],
    ['recording-and-consent.md', ['NewRecording', 'RecordingChange', 'Recording', 'NewConsent'], []],
    ['simulator.md', ['Simulate', 'Heard', 'NewInboundCall'], []],
    ['gateways.md', ['Gateway'], []],
  ])('of every request and answer are in a table of %s, and no others', (name, schemas) => {
    const known = schemas.flatMap((schema) => Object.keys(schemaNamed(schema).properties ?? {}));
    expect(sorted(namesUnder(pageNamed(name), 'field'))).toEqual(sorted(known));
  });

  it('of a simulated caller and of a consent are named', () => {
    const { simulate } = schemaNamed('NewInboundCall').properties ?? {};
    const own = Object.keys(simulate?.properties ?? {}).filter(
      (name) => !(name in (schemaNamed('Simulate').properties ?? {})),
    );
    expect(own).toEqual(SIMULATE_CALLER);
    for (const name of own) expect(pageNamed('simulator.md').prose).toContain(`\`${name}\``);
    const { asked, ...consent } = schemaNamed('Consent').properties ?? {};
    const inside = Object.keys(asked?.properties ?? {});
    for (const name of [...Object.keys(consent), ...inside])
      expect(pageNamed('recording-and-consent.md').text).toMatch(new RegExp(`[\`"]${name}[\`"]`));
  });
});

describe('the words', () => {
  it.each([
    ['calls.md', 'Call', 'status', 'status'],
    ['calls.md', 'Call', 'end reason', 'end_reason'],
    ['conferences.md', 'Conference', 'status', 'status'],
    ['conferences.md', 'Conference', 'end reason', 'end_reason'],
    ['recording-and-consent.md', 'Recording', 'status', 'status'],
  ])('in %s are those that a %s has for its %s', (page, schema, heading, field) => {
    expect(sorted(namesUnder(pageNamed(page), heading))).toEqual(
      sorted(schemaNamed(schema).properties?.[field]?.enum ?? []),
    );
  });

  it('for kinds of events of conferences are all explained', () => {
    const rows = rowsUnder(pageNamed('webhooks.md'), 'type');
    const kinds = schemaNamed('NewConference').properties?.status_callback_events?.items?.enum ?? [];
    expect(
      sorted(rows.filter(([, kind]) => /^`[a-z]+`$/.test(kind ?? '')).flatMap(([, kind]) => namesIn(kind))),
    ).toEqual(sorted(kinds));
  });

  it('for events are those that the code sends', () => {
    const types = [...namesUnder(pageNamed('webhooks.md'), 'type'), ...namesUnder(pageNamed('calls.md'), 'type')];
    // Some are put together, as in `call.${status}`.
    const isMade = (type: string) => {
      const [kind, word] = type.split('.');
      return SOURCES.includes(`\`${kind}.\${`) && SOURCES.includes(`'${word}'`);
    };
    expect(types.length).toBeGreaterThan(40);
    expect(types.filter((type) => !SOURCES.includes(`'${type}'`) && !isMade(type))).toEqual([]);
  });

  it('for what a flow is asked upon are those that the code sends', () => {
    const events = namesUnder(pageNamed('webhooks.md'), 'event');
    const asked = [...SOURCES.matchAll(/\bask\('([a-z]+)'/g)].map(([, event = '']) => event);
    expect(events.filter((event) => !SOURCES.includes(`'${event}'`))).toEqual([]);
    expect(sorted(asked).filter((event) => !events.includes(event))).toEqual([]);
  });

  it.each([
    ['webhooks.md', 'flow error', /'(flow_[a-z_]+)'/g],
    ['flows.md', 'prompt error', /'((?:prompt|speech|media)_(?!file)[a-z_]+)'/g],
  ])('in %s for a %s are those that the code has', (page, heading, pattern) => {
    const codes = [...SOURCES.matchAll(pattern)].map(([, code = '']) => code);
    const sounds = heading === 'prompt error' ? audioRefusals() : [];
    expect(sorted(namesUnder(pageNamed(page), heading))).toEqual(sorted([...codes, ...sounds]));
  });
});

/** Reasons why a file is no audio: their codes begin with `prompt_`. */
function audioRefusals(): string[] {
  const [, union = ''] = /export type AudioRefusal =([\s\S]*?);/.exec(SOURCES) ?? [];
  return [...union.matchAll(/'([a-z_]+)'/g)].map(([, refusal = '']) => `prompt_${refusal}`);
}

describe('the errors', () => {
  it('are all documented, with their status', () => {
    const tables = [...ERRORS, ...HTTP_ERRORS].flatMap((module) => Object.values(module));
    const factories = tables.flatMap((table) => (typeof table === 'object' && table ? Object.values(table) : []));
    const kinds = factories.map((create) => (create as () => { code: string; status: number })());
    const documented = PAGES.flatMap((page) => rowsUnder(page, 'code')).map(
      ([code, status]) => `${namesIn(code)} ${status}`,
    );
    expect(kinds.length).toBeGreaterThan(40);
    expect(sorted(documented)).toEqual(sorted(kinds.map(({ code, status }) => `${code} ${status}`)));
  });
});

describe('the reference of flows', () => {
  const page = pageNamed('flows.md');

  it.each(verbs.map((verb) => [verb.name, verb] as const))(
    'has %s with all its attributes and their defaults',
    (name, verb) => {
      const rows = rowsUnder(sectionOf(page, `### ${name}`), 'attribute');
      expect(sorted(rows.flatMap(([attribute]) => namesIn(attribute)))).toEqual(sorted(Object.keys(verb.attributes)));
      for (const [attribute, schema] of Object.entries(verb.attributes)) {
        const { default: usual } = schema as { default?: unknown };
        if (['number', 'boolean'].includes(typeof usual)) {
          const row = rows.find(([first]) => namesIn(first).includes(attribute));
          expect(row?.at(-1)?.replaceAll(/[`,]/g, ''), `${name}.${attribute}`).toBe(String(usual));
        }
      }
    },
  );

  it('has every attribute of what is dialled', () => {
    const { nouns } = verbs.find(({ name }) => name === 'dial') ?? {};
    const known = Object.values(nouns?.elements ?? {}).flatMap(({ attributes }) => Object.keys(attributes));
    expect(sorted(namesUnder(page, 'target attribute'))).toEqual(sorted(['noun', ...known]));
  });

  it('has every language that can be spoken', () => {
    expect(sorted(namesIn(/These can be spoken: ([^.]*)\./.exec(page.prose)?.[1]))).toEqual(sorted(SPOKEN_LANGUAGES));
  });
});

describe('the page of gateways', () => {
  it('has every phone of the phone network', () => {
    const numbers = rowsUnder(pageNamed('gateways.md'), 'number').flatMap(([numbers]) => {
      const [first = '', last = first] = namesIn(numbers);
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => `+${Number(first) + at}`);
    });
    expect(sorted(numbers)).toEqual(sorted(ALL_PHONES.map(({ number }) => number)));
  });

  it('has every field of a trunk', () => {
    const kinds = TrunkConfig.pipe[0].options.map(({ entries }) => Object.keys(entries));
    expect(sorted(namesUnder(pageNamed('gateways.md'), 'trunk field'))).toEqual(sorted(kinds.flat()));
  });
});

it('the budgets of the architecture page are those that are counted', () => {
  const [source = ''] = Object.values(
    import.meta.glob<string>('../bench/budgets.ts', { query: '?raw', import: 'default', eager: true }),
  );
  const [ofCall = ''] = source.split('function participantCostOf');
  const counted = [...ofCall.matchAll(/what: '([^']+)'.*budget: (\d+)/g)].map(([, what, budget]) => [what, budget]);
  expect(rowsUnder(pageNamed('architecture.md'), 'budget of')).toEqual(counted);
});
