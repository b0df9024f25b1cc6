/** How workerd, and wrangler that configures it, begin what they write about the tests that run inside. */
const OF_WORKERD = /^(uncaught exception|exception = |NOSENTRY |An RPC result |Using secrets )/;

/** What tests do on purpose, each with a proof of what comes of it. */
const EXPECTED = [
  /\(part of this test\)/, // errors that tests throw
  /Using secrets defined in process\.env/, // where vitest.config.ts puts it
  /Application called (deleteAll|abortAll)DurableObjects\(\)/, // objects that tests kill
  /SQLite alarm (overdue|handler canceled)/, // alarms that tests run before or after their time
  /the gateway is not connected/, // a gateway that a test has cut off
  /An RPC result was not disposed properly/, // of the wrappers that let tests into objects: no object of ours answers with a stub
  // Uploads that break off:
  /Can't read from request stream because client disconnected/,
  /Network connection lost/,
  /disconnected: (reader canceled|fixed-length pipe ended prematurely)/,
];

/** Whether this is written by workerd about an error that a test expects. Anything else that it has to say is shown. */
export const isExpected = (text: string): boolean =>
  OF_WORKERD.test(text) && EXPECTED.some((expected) => expected.test(text));

/** Keeps from the terminal what is expected, so that a green run prints its summary. */
export function hideExpected(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...written: unknown[]) => boolean;
    const filtered = (...written: unknown[]) => isExpected(String(written[0])) || write(...written);
    stream.write = filtered as typeof stream.write;
  }
}
