import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { OwnedNumber } from '../number.ts';
import { numbers } from './table.ts';

export async function findNumber(db: D1Database, e164: string): Promise<OwnedNumber | undefined> {
  const [row] = await drizzle(db).select().from(numbers).where(eq(numbers.e164, e164)).limit(1);
  return row;
}
