/** The part of an error that may be logged: not its message, which may quote a query's parameters, such as phone numbers. */
export const kindAndPlace = (error: unknown): string =>
  error instanceof Error ? `${error.name} ${placeOf(error)}` : typeof error;

const placeOf = ({ stack = '' }: Error): string =>
  stack
    .match(/at [\w.#<> ]+/g)
    ?.slice(0, 3)
    .join(' ') ?? '';
