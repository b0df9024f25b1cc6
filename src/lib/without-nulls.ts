import type { Without } from './defined.ts';

/** Makes facts of a row of the database: facts have no nulls, what is not known is absent. */
export const withoutNulls = <Row extends object>(row: Row): Without<null, Row> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Without<null, Row>;
