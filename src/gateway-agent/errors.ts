/** An error that the operator can put right: its message is a whole sentence that says what. */
export class GatewayError extends Error {
  override name = 'GatewayError' as const;
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
