import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { apiClient, type Json } from '../support/api.ts';
import { CONTRACT } from '../support/contract.ts';
import { worldOf } from '../support/world.ts';

const { api, number } = worldOf(import.meta.url);
const { body: ours } = await api.get('/openapi.json');
const paths = ours.paths as Record<string, Record<string, Json>>;

/** Our document with its references followed, as one schema to validate parts of. */
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema({ ...ours, $id: 'https://telefoon.test/openapi' });
const validator = (pointer: string) => ajv.compile({ $ref: `https://telefoon.test/openapi#${pointer}` });

describe('our own OpenAPI document', () => {
  it('can be retrieved without a key, as generators do', async () => {
    expect(await apiClient(null).get('/openapi.json')).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
  });

  const operations = Object.entries(CONTRACT.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method, path] as const),
  );

  it.each(operations)('has all that the contract says of %s %s', (method, path) => {
    const theirs = CONTRACT.paths[path][method];
    const mine = paths[path]?.[method];
    expect(mine?.operationId).toBe(theirs.operationId);
    const names = (parameters: Json[] = []) => parameters.map(({ name, in: place }) => `${place}:${name}`);
    expect(names(mine?.parameters as Json[])).toEqual(expect.arrayContaining(names(theirs.parameters)));
    expect(Object.keys(mine?.responses as Json)).toEqual(
      expect.arrayContaining(Object.keys(theirs.responses).filter((status) => status < '400')),
    );
  });

  it('describes every field that the contract has, with no other requirements on a request', () => {
    const { schemas } = ours.components as { schemas: Record<string, { properties: Json; required: string[] }> };
    const theirs = CONTRACT.paths['/calls'].post.requestBody.content['application/json'].schema;
    expect(Object.keys(schemas.NewCall?.properties ?? {})).toEqual(
      expect.arrayContaining(Object.keys(theirs.properties)),
    );
    expect(schemas.NewCall?.required.sort()).toEqual([...theirs.required].sort());
    for (const name of ['Call', 'Conference']) {
      const fields = Object.keys(CONTRACT.components.schemas[name].properties);
      expect(Object.keys(schemas[name]?.properties ?? {})).toEqual(expect.arrayContaining(fields));
      expect(schemas[name]?.required).toEqual(expect.arrayContaining(CONTRACT.components.schemas[name].required));
    }
  });

  it('accepts a real order and a real call, and refuses wrong ones', async () => {
    const order = validator('/components/schemas/NewCall');
    expect(order({ to: '+493023125000', from: number, simulate: { speed: 10 }, flow: [{ verb: 'hangup' }] })).toBe(
      true,
    );
    expect(order({ to: '+493023125000' })).toBe(false);
    expect(order({ to: '+493023125000', from: number, timeout: 601 })).toBe(false);
    const call = await api.ended(await api.place({ metadata: { a: 'b' }, flow: [{ verb: 'hangup' }] }));
    const view = validator('/components/schemas/Call');
    expect(view(call), JSON.stringify(view.errors)).toBe(true);
    const events = validator('/components/schemas/CallEvent');
    for (const event of await api.events(call.id)) expect(events(event)).toBe(true);
  });

  it('describes every verb with its attributes', () => {
    const verb = (ours.components as { schemas: { Verb: { oneOf?: Json[]; anyOf?: Json[] } } }).schemas.Verb;
    const variants = (verb.oneOf ?? verb.anyOf ?? []) as { properties: { verb: { const: string } } }[];
    expect(variants.map(({ properties }) => properties.verb.const)).toEqual([
      'say',
      'play',
      'pause',
      'gather',
      'consent',
      'record',
      'recording',
      'dial',
      'conference',
      'redirect',
      'reject',
      'hangup',
    ]);
  });

  it('refers to nothing that it does not have', () => {
    const references = JSON.stringify(ours).match(/"#\/[^"]+"/g) ?? [];
    for (const reference of new Set(references)) expect(() => validator(JSON.parse(reference).slice(1))).not.toThrow();
  });
});
