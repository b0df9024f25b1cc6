// The Worker with counters around it: the entry that the cost of a call is measured with. Nothing in src knows of it.
import worker, { CallObject as Call, GatewayObject as Gateway, SimulatedObject as Simulated } from '../../src/index.ts';
import type { WakeUp } from '../../src/webhooks/consumer.ts';
import { countEnv } from './counting-env.ts';
import { countStorage } from './counting-storage.ts';
import { emptyTally, type ObjectTally } from './tally.ts';

// One isolate runs the Worker and all its objects, so one variable sees everything.
let tally = emptyTally();
const current = () => tally;

export class CallObject extends Call {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage, () => tally.call);
    super(ctx, countEnv(env, current));
  }

  async isArmed(): Promise<boolean> {
    return (await this.ctx.storage.getAlarm()) !== null;
  }

  /** Runs the alarm that is set without waiting for its time. */
  async ringNow(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.alarm();
  }
}

export class GatewayObject extends Gateway {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage, () => tally.gateway);
    super(ctx, countEnv(env, current));
  }
}

export class SimulatedObject extends Simulated {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage, () => tally.simulated);
    super(ctx, countEnv(env, current));
  }
}

countRequests(CallObject, Call, () => tally.call);
countRequests(SimulatedObject, Simulated, () => tally.simulated);
countRequests(GatewayObject, Gateway, () => tally.gateway);

type Requests = Record<string, (...args: unknown[]) => unknown>;

/** Counts the calls of every method of `original`, which are what other objects and the Worker can call. */
function countRequests(counted: { prototype: object }, original: { prototype: object }, objects: () => ObjectTally) {
  const methods = original.prototype as Requests;
  for (const name of Object.getOwnPropertyNames(methods)) {
    const method = methods[name];
    if (name === 'constructor' || !method) continue;
    (counted.prototype as Requests)[name] = function (this: unknown, ...args) {
      const { requests } = objects();
      requests[name] = (requests[name] ?? 0) + 1;
      return method.apply(this, args);
    };
  }
}

/** `GET /tally` reads, `DELETE /tally` clears; `GET /alarm/ID` says whether a call's alarm is set, `POST` runs it now. */
async function answerBench(request: Request, env: Env): Promise<Response> {
  const [, what, id] = new URL(request.url).pathname.split('/');
  if (what === 'alarm' && id) {
    const call = env.CALLS.getByName(id) as unknown as DurableObjectStub<CallObject>;
    if (request.method === 'POST') await call.ringNow();
    return Response.json(await call.isArmed());
  }
  if (request.method === 'DELETE') tally = emptyTally();
  return Response.json(tally);
}

// biome-ignore lint/style/noDefaultExport: the platform asks for one
export default {
  fetch(request, env) {
    if (!new URL(request.url).pathname.startsWith('/v1/')) return answerBench(request, env);
    tally.worker.fetch++;
    return worker.fetch(request, countEnv(env, current));
  },
  queue(batch, env, ctx) {
    tally.worker.queue++;
    tally.queue.received += batch.messages.length;
    return worker.queue(batch, countEnv(env, current), ctx);
  },
} satisfies ExportedHandler<Env, WakeUp>;
