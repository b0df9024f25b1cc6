// SPDX-License-Identifier: GPL-3.0-or-later
import { ENGINE_RATE, type Load, speak } from './engine.ts';
import { type Refusal, readSpeechRequest } from './request.ts';
import { resample, wavFile } from './wave.ts';

type Env = { ASSETS: Fetcher };

// biome-ignore lint/style/noDefaultExport: the platform looks for the handlers here.
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/v1/audio/speech') {
      return errorResponse({
        status: 404,
        code: 'unknown_url',
        message: 'The only address here is POST /v1/audio/speech.',
      });
    }
    if (request.method !== 'POST') {
      return errorResponse({ status: 405, code: 'method_not_allowed', message: 'Use POST.' }, { allow: 'POST' });
    }
    return answer(request, loader(env));
  },
} satisfies ExportedHandler<Env>;

async function answer(request: Request, load: Load): Promise<Response> {
  const wanted = await readSpeechRequest(request);
  if (!wanted.ok) return errorResponse(wanted.refusal);
  try {
    const samples = await speak(wanted.value, load);
    const { rate } = wanted.value;
    return new Response(wavFile(resample(samples, ENGINE_RATE, rate), rate), {
      headers: { 'content-type': 'audio/wav' },
    });
  } catch (error) {
    // biome-ignore lint/suspicious/noConsole: the engine's failure says nothing of the text, and nobody else would hear of it.
    console.error('speech failed', error);
    return errorResponse({ status: 500, code: 'engine_failed', message: 'The speech engine failed. Try once more.' });
  }
}

function loader(env: Env): Load {
  return async (name) => {
    const file = await env.ASSETS.fetch(`https://assets/${name}.bin`);
    if (!file.ok) throw new Error(`The voice data ${name} is missing (${file.status}): was build.mjs run?`);
    return file.arrayBuffer();
  };
}

function errorResponse({ status, message, code, param }: Refusal, headers?: Record<string, string>): Response {
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  return Response.json(
    { error: { message, type, param: param ?? null, code } },
    { status, ...(headers && { headers }) },
  );
}
