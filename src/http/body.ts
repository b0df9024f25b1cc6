import { httpErrors } from './errors.ts';

const MAX_BODY_BYTES = 131_072;

/** Reads the request's body as JSON; undefined when there is no body at all. */
export async function readJsonBody(request: Request): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw httpErrors.body_too_large();
  if (request.headers.has('content-encoding')) throw httpErrors.unsupported_media_type();
  const text = await readText(request);
  if (text === '') return undefined;
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/([\w.-]+\+)?json$/.test(type)) throw httpErrors.unsupported_media_type();
  try {
    return JSON.parse(text);
  } catch {
    throw httpErrors.malformed_json();
  }
}

async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let text = '';
  let bytes = 0;
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw httpErrors.body_too_large();
    text += decode(decoder, chunk);
  }
  return text + decode(decoder);
}

/** Reads a body chunk by chunk. A body that breaks off, or whose chunks are malformed, fails while it is read. */
async function* chunksOf({ body }: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* body ?? [];
  } catch {
    throw httpErrors.body_broken();
  }
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw httpErrors.malformed_json();
  }
}
