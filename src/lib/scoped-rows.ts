import { and, type Column, eq, gte, lt, lte, type SQL } from 'drizzle-orm';
import { daysOf, type Period } from './day-counts.ts';

interface Scope {
  accountId: string;
  mode: string;
}
type ScopedTable = { accountId: Column; mode: Column };

/** The rows of one account in one mode: a request may touch no others. */
export const inScope = (table: ScopedTable, { accountId, mode }: Scope): SQL | undefined =>
  and(eq(table.accountId, accountId), eq(table.mode, mode));

/** The one row with this id, if it is in the scope. */
export const oneInScope = (table: ScopedTable & { id: Column }, scope: Scope, id: string): SQL | undefined =>
  and(inScope(table, scope), eq(table.id, id));

/** The counters of the days that a period touches. */
export function onDays(table: { day: Column }, period: Period): SQL | undefined {
  const { first, last } = daysOf(period);
  return and(
    first === undefined ? undefined : gte(table.day, first),
    last === undefined ? undefined : lte(table.day, last),
  );
}

/** For a copy that may arrive late, and twice: changes the row that exists, unless it has this version or a newer one. */
export const unlessNewer = <
  Table extends ScopedTable & { id: Column; version: Column },
  Changing extends { version: number },
>(
  table: Table,
  changing: Changing,
) => ({
  target: [table.accountId, table.mode, table.id] as [Table['accountId'], Table['mode'], Table['id']],
  set: changing,
  setWhere: lt(table.version, changing.version),
});
