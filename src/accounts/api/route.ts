import { type ApiRoute, type RouteSpec, routeOf, type Schema } from '../../http/route.ts';
import type { Caller } from '../account.ts';
import { authenticate, authenticateOperator } from './authenticate.ts';

/** A route for accounts, with their API key. */
export function route<
  Params extends Schema | undefined = undefined,
  Query extends Schema | undefined = undefined,
  Body extends Schema | undefined = undefined,
>(spec: RouteSpec<Params, Query, Body, Caller>): ApiRoute {
  return routeOf(spec, authenticate);
}

/** A route for those who run the service, with a key of their own. */
export function operatorRoute<
  Params extends Schema | undefined = undefined,
  Query extends Schema | undefined = undefined,
  Body extends Schema | undefined = undefined,
>(spec: RouteSpec<Params, Query, Body, undefined>): ApiRoute {
  return routeOf(spec, authenticateOperator);
}
