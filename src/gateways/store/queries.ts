import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Gateway } from '../gateway.ts';
import type { Trunk } from '../routing.ts';
import { gateways, trunks } from './table.ts';

export async function findGateway(db: D1Database, id: string): Promise<Gateway | undefined> {
  const [row] = await drizzle(db).select().from(gateways).where(eq(gateways.id, id)).limit(1);
  return row;
}

export const listGateways = (db: D1Database): Promise<Gateway[]> =>
  drizzle(db).select().from(gateways).orderBy(gateways.id);

/** How long the list of trunks is kept in memory, so that not every call asks the database for it. */
const CACHE_MS = 10_000;

let cache: { trunks: Trunk[]; until: number } | undefined;

/** Every trunk of every gateway. There are as many as contracts with carriers, so the whole list fits into memory. */
export async function listTrunks(db: D1Database): Promise<Trunk[]> {
  if (cache && cache.until > Date.now()) return cache.trunks;
  const rows = await drizzle(db)
    .select({
      gateway: trunks.gateway,
      id: trunks.id,
      prefixes: trunks.prefixes,
      priority: trunks.priority,
      capacity: trunks.capacity,
      emergency: trunks.emergency,
      gatewayCapacity: gateways.capacity,
    })
    .from(trunks)
    .innerJoin(gateways, eq(gateways.id, trunks.gateway));
  cache = { trunks: rows, until: Date.now() + CACHE_MS };
  return rows;
}
