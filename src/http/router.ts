import { type IRequest, Router } from 'itty-router';
import { errorResponse, httpErrors } from './errors.ts';
import type { Endpoint } from './route.ts';

/** Makes the handler of requests: the first endpoint that fits responds, and every error becomes a problem document. */
export function routerFor(routes: Endpoint[]): (request: Request, env: Env) => Promise<Response> {
  const router = Router<IRequest, [Env]>();
  for (const { method, path, respond } of routes) {
    const { get: GET, head: HEAD, post: POST, put: PUT, patch: PATCH, delete: DELETE } = router;
    const register = { GET, HEAD, POST, PUT, PATCH, DELETE }[method];
    register<IRequest, [Env]>(path, (request, env) => respond(request as unknown as Request, request.params, env));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = routes.filter((route) => route.path === path).map((route) => route.method);
    router.all(path, () => {
      throw httpErrors.method_not_allowed([], { allow: allow.join(', ') });
    });
  }
  router.all('*', () => {
    throw httpErrors.not_found();
  });
  const respond = async (request: Request, env: Env): Promise<Response> => {
    try {
      return (await router.fetch(request as unknown as IRequest, env)) as Response;
    } catch (error) {
      return errorResponse(error);
    }
  };
  return async (request, env) => {
    if (request.method !== 'HEAD') return respond(request, env);
    // RFC 9110, 9.3.2: HEAD is GET without the content.
    const { status, headers, body } = await respond(new Request(request, { method: 'GET' }), env);
    await body?.cancel();
    return new Response(null, { status, headers });
  };
}
