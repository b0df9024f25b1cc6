import type { CallFacts } from '../../contracts/call.ts';
import { callObject } from '../../contracts/objects.ts';
import type { Scope } from '../../contracts/scope.ts';
import { isId } from '../../lib/ids.ts';
import type { CallMethods } from '../rpc.ts';
import { findCall } from '../store/queries.ts';
import { callErrors } from './errors.ts';
import type { CallView } from './schemas.ts';
import { viewCall, viewForgotten } from './view.ts';

/** The routes that are about one call find it by these. */

/** The object of a call. An id that cannot be a call's is refused, so that it creates no object. */
export function callStub(id: string, env: Env) {
  if (!isId('CA', id)) throw callErrors.call_not_found();
  return callObject<CallMethods>(env, id);
}

/** The facts that the database has of a call whose object has forgotten it; refuses a call that never was. */
export async function findForgotten(id: string, scope: Scope, env: Env): Promise<CallFacts> {
  const facts = await findCall(env.DB, scope, id);
  if (!facts) throw callErrors.call_not_found();
  return facts;
}

export async function viewCallById(id: string, scope: Scope, env: Env): Promise<CallView> {
  const found = await callStub(id, env).facts(scope);
  return found.ok ? viewCall(found.value) : viewForgotten(await findForgotten(id, scope, env));
}
