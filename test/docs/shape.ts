/**
 * What is wrong with an answer that a page shows: other keys, other types, another word. Text is the same but for times and amounts,
 * and `…` stands for any text; numbers are only numbers. A key `"…"` stands for others, an item `"…"` for items in between.
 */
export function shapeComplaints(shown: unknown, actual: unknown, path = ''): string[] {
  if (Array.isArray(shown)) {
    return Array.isArray(actual) ? itemComplaints(shown, actual, path) : [`${path} is no array`];
  }
  if (isObject(shown)) return isObject(actual) ? keyComplaints(shown, actual, path) : [`${path} is no object`];
  if (typeof shown !== typeof actual) return [`${path} is not ${JSON.stringify(shown)} but ${JSON.stringify(actual)}`];
  if (typeof shown === 'number') return [];
  const isSame = typeof shown === 'string' ? isAlike(shown, String(actual)) : shown === actual;
  return isSame ? [] : [`${path} is not ${JSON.stringify(shown)} but ${JSON.stringify(actual)}`];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function keyComplaints(shown: Record<string, unknown>, actual: Record<string, unknown>, path: string): string[] {
  const others = '…' in shown ? [] : Object.keys(actual).filter((key) => !(key in shown));
  const keys = Object.keys(shown).filter((key) => key !== '…');
  return [
    ...others.map((key) => `${path}.${key} is not shown`),
    ...keys.flatMap((key) => shapeComplaints(shown[key], actual[key], `${path}.${key}`)),
  ];
}

/** Each item in its turn; only where `"…"` stands may others be skipped. */
function itemComplaints(shown: unknown[], actual: unknown[], path: string): string[] {
  const [first, ...rest] = shown;
  if (first === undefined) return actual.length > 0 ? [`${path} goes on with ${JSON.stringify(actual[0])}`] : [];
  if (first === '…') return laterComplaints(rest, actual, path);
  const wrong = shapeComplaints(first, actual[0], `${path}[]`);
  return wrong.length > 0 ? wrong : itemComplaints(rest, actual.slice(1), path);
}

/** The fewest complaints that come of skipping any number of items. */
function laterComplaints(shown: unknown[], actual: unknown[], path: string): string[] {
  if (shown.length === 0) return [];
  let fewest: string[] | undefined;
  for (let from = 0; from <= actual.length; from++) {
    const wrong = itemComplaints(shown, actual.slice(from), path);
    if (wrong.length === 0) return [];
    if (fewest === undefined || wrong.length < fewest.length) fewest = wrong;
  }
  return fewest ?? [];
}

const KINDS = [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, /^\d+\.\d{2,6}$/];

export function isAlike(shown: string, actual: string): boolean {
  if (shown === actual || KINDS.some((kind) => kind.test(shown) && kind.test(actual))) return true;
  const parts = shown.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return parts.length > 1 && new RegExp(`^${parts.join('.*')}$`).test(actual);
}
