/** Something the operator can put right: the message is a whole sentence that says what. */
export class GatewayError extends Error {
  override name = 'GatewayError' as const;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
