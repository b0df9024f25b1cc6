/** A stored value, as some release wrote it: nothing is known of its fields but what that release's fixtures show. */
export type Row = Record<string, unknown>;

/**
 * The functions that lead from the values of each release to those of today: the first function takes a value of schema 0, which carries
 * no number, and answers with one of schema 1, and so on. The list is only ever appended to; a test knows it by heart.
 */
export type Upgrades = readonly ((row: never) => object)[];

/** A value of a release that is newer than this code. To read it would be to guess, and to write it would lose something. */
export class NewerRowError extends Error {
  override readonly name = 'NewerRowError';
}

/** The value as it is stored: with the number of its schema. */
export const stamped = <Value extends object>(value: Value, upgrades: Upgrades): Value & { schema: number } => ({
  schema: upgrades.length,
  ...value,
});

/** A stored value as today's code knows it, whichever release wrote it. Throws a `NewerRowError` where none of ours did. */
export function upgraded<Value>(stored: unknown, upgrades: Upgrades): Value {
  const { schema = 0, ...row } = stored as Row & { schema?: number };
  if (schema > upgrades.length) throw new NewerRowError(`schema ${schema} is newer than ${upgrades.length}`);
  return upgrades.slice(schema).reduce<object>((it, upgrade) => upgrade(it as never), row) as Value;
}

/** The row with some of its fields under other names. */
export const renamed = (row: Row, names: Readonly<Record<string, string>>): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [names[name] ?? name, value]));

/** The row with one of its fields changed, where it has that field. */
export const within = (row: Row, name: string, change: (value: Row) => object): Row =>
  row[name] === undefined ? row : { ...row, [name]: change(row[name] as Row) };

/** The row with each entry of a list in one of its fields changed, where it has that field. */
export const withinEach = <Entry = Row>(row: Row, name: string, change: (value: Entry) => object): Row =>
  row[name] === undefined ? row : { ...row, [name]: (row[name] as Entry[]).map(change) };
