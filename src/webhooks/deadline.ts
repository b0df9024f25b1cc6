/** The total time for one request to a customer's server, both tries and the body included. */
export const DEADLINE_MS = 15_000;
