import type * as v from 'valibot';
import { nearestName } from '../lib/nearest-name.ts';
import type { FieldError } from './errors.ts';

/** Fields of a request that no schema knows. */
export interface UnknownFields {
  /** Known fields that are misspelt, and lists where an object belongs: to ignore them would silently not do what was meant. */
  wrong: FieldError[];
  /** The paths of all other fields: these are ignored, and the response says so. */
  ignored: string[];
}

/** The response repeats names that the client made up: at most so many, and at most so many characters of each. */
const MOST_NAMED = 20;
const LONGEST_NAME = 100;

/** Finds the fields of a request that its schema does not have, also in the objects inside of it. */
export function unknownFields(schema: v.GenericSchema | undefined, value: unknown): UnknownFields {
  const found: UnknownFields = { wrong: [], ignored: [] };
  if (schema) collect(schema, value, '', found);
  return { wrong: found.wrong.slice(0, MOST_NAMED), ignored: found.ignored.slice(0, MOST_NAMED) };
}

function collect(schema: v.GenericSchema, value: unknown, place: string, found: UnknownFields): void {
  const plain = unwrapped(schema);
  if (Array.isArray(value)) {
    if (isObject(plain)) found.wrong.push({ field: place.slice(0, -1) || 'body', message: 'must be an object' });
    if (isArray(plain)) for (const [at, item] of value.entries()) collect(plain.item, item, `${place}${at}.`, found);
    return;
  }
  if (typeof value !== 'object' || value === null || !isObject(plain)) return;
  const known = Object.keys(plain.entries);
  for (const [name, inside] of Object.entries(value)) {
    const entry = Object.hasOwn(plain.entries, name) ? plain.entries[name] : undefined;
    if (entry) collect(entry, inside, `${place}${name}.`, found);
    else report(name, place, known, found);
  }
}

function report(name: string, place: string, known: string[], { wrong, ignored }: UnknownFields): void {
  const field = `${place}${name}`.slice(0, LONGEST_NAME);
  const meant = nearestName(name, known);
  if (meant === undefined) ignored.push(field);
  else wrong.push({ field, message: `is unknown: did you mean ${place}${meant}?` });
}

/** The schema that an optional or piped schema wraps. */
function unwrapped(schema: v.GenericSchema): v.GenericSchema {
  const { wrapped } = schema as { wrapped?: v.GenericSchema };
  return wrapped ? unwrapped(wrapped) : schema;
}

const isObject = (schema: v.GenericSchema): schema is v.GenericSchema & { entries: Record<string, v.GenericSchema> } =>
  schema.type === 'object' && 'entries' in schema;

const isArray = (schema: v.GenericSchema): schema is v.GenericSchema & { item: v.GenericSchema } =>
  schema.type === 'array' && 'item' in schema;
