const PATIENCE_MS = 10_000;

/** What something resolves to, unless it takes so long that it will never come. */
export async function soon<Thing>(what: string, thing: Promise<Thing>): Promise<Thing> {
  let late: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`Waited in vain for ${what}.`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([thing, never]);
  } finally {
    clearTimeout(late);
  }
}
