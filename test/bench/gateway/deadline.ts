const TIMEOUT_MS = 10_000;

/** Resolves as the promise does, or rejects when that takes so long that it will not come. */
export async function withTimeout<Thing>(what: string, thing: Promise<Thing>): Promise<Thing> {
  let late: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`Waited in vain for ${what}.`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([thing, never]);
  } finally {
    clearTimeout(late);
  }
}
