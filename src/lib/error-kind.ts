/** What may be logged of an error: never its message, which may quote a query's parameters, and those are phone numbers. */
export const kindAndPlace = (error: unknown): string =>
  error instanceof Error ? `${error.name} ${placeOf(error)}` : typeof error;

const placeOf = ({ stack = '' }: Error): string =>
  stack
    .match(/at [\w.#<> ]+/g)
    ?.slice(0, 3)
    .join(' ') ?? '';
