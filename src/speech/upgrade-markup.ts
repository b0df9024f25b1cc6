import type { Row } from '../lib/upgrades.ts';
import { DEFAULT_LANGUAGE } from './languages.ts';
import { isMarkup } from './markup.ts';
import { spokenText } from './ssml.ts';

/**
 * Marks what was SSML to releases that took any text for it that looked like it: the prompts, the verbs, the sounds and the
 * notices of a stored row, wherever in the row they are. Only what is in a list can be one of them, or is a notice that was said.
 */
export function withSsmlMarked<Value>(row: Value): Value {
  return mark(row) as Value;
}

function mark(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => markSaid(mark(item)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === 'said' ? markSaid(mark(inner), true) : mark(inner)]),
  );
}

function markSaid(item: unknown, isNotice = false): unknown {
  if (typeof item !== 'object' || item === null || 'ssml' in item) return item;
  const { verb, what, say, times, text, language } = item as Record<string, unknown>;
  const isSpoken = verb === 'say' || verb === 'consent' || what === 'say' || (isNotice && typeof language === 'string');
  const said = typeof times === 'number' ? say : isSpoken ? text : undefined;
  return typeof said === 'string' && isMarkup(said) ? { ...item, ssml: true } : item;
}

/** Of a call or a conference: its notice as words. It might be SSML, and is a text today. */
export const withNoticeInWords = (row: Row): Row =>
  typeof row.notice === 'string' && isMarkup(row.notice)
    ? { ...row, notice: spokenText(row.notice, DEFAULT_LANGUAGE) }
    : row;
