import type { Endpoint } from '../http/route.ts';
import { isSignedMedia } from './signature.ts';

const PATH = '/v1/media/:file';

/** Serves a file to a gateway. The signed URL is the only key: without it nobody learns anything, not even which files exist. */
export const serveMedia: Endpoint = {
  method: 'GET',
  path: PATH,
  async respond(request, params, env) {
    const key = await readableKey(request, params, env);
    if (!key) return new Response(null, { status: 403 });
    const object = await env.MEDIA.get(key);
    return object
      ? new Response(object.body, { headers: headersOf(object, params) })
      : new Response(null, { status: 404 });
  },
};

export const checkMedia: Endpoint = {
  method: 'HEAD',
  path: PATH,
  async respond(request, params, env) {
    const key = await readableKey(request, params, env);
    if (!key) return new Response(null, { status: 403 });
    const object = await env.MEDIA.head(key);
    return new Response(null, object ? { headers: headersOf(object, params) } : { status: 404 });
  },
};

/**
 * The key of the file that a request may read. Only audio has such names: the records of prompts
 * in the same bucket cannot be requested.
 */
async function readableKey(request: Request, { file = '' }: Record<string, string>, env: Env) {
  const [, key] = /^([0-9a-f]{64})\.wav(?:16)?$/.exec(file) ?? [];
  if (key === undefined) return undefined;
  const { searchParams } = new URL(request.url);
  return (await isSignedMedia(key, searchParams, env.MEDIA_SECRET, Date.now())) ? key : undefined;
}

const headersOf = ({ size, httpEtag }: R2Object, { file = '' }: Record<string, string>): Record<string, string> => ({
  // Asterisk takes `audio/wav` for 8 kHz; for a type that it does not know it looks at the ending of the URL.
  'content-type': file.endsWith('16') ? 'audio/x-wav16' : 'audio/wav',
  'content-length': String(size),
  // Without this header Asterisk fetches a file twice each time it plays it.
  'cache-control': 'public, max-age=600',
  etag: httpEtag,
});
