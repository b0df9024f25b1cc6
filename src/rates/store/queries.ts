import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Direction } from '../../contracts/call.ts';
import { prefixesOf, type Rate } from '../rate.ts';
import { rates } from './table.ts';

const FREE: Rate = { perMinuteMicros: 0, firstSeconds: 1, nextSeconds: 1 };

/** The rate of the longest prefix of the other party's number; free where the table has none. */
export async function findRate(db: D1Database, direction: Direction, number: string): Promise<Rate> {
  const [row] = await drizzle(db)
    .select({
      perMinuteMicros: rates.perMinuteMicros,
      firstSeconds: rates.firstSeconds,
      nextSeconds: rates.nextSeconds,
    })
    .from(rates)
    .where(and(eq(rates.direction, direction), inArray(rates.prefix, prefixesOf(number))))
    .orderBy(desc(sql`length(${rates.prefix})`))
    .limit(1);
  return row ?? FREE;
}
