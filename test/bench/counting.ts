// The Worker with counters around it: the entry that the cost of a call is measured with. Nothing in src knows of it.
import worker, {
  CallObject as Call,
  ConferenceObject as Conference,
  GatewayObject as Gateway,
  ConferenceNameObject as Name,
  SimulatedObject as Simulated,
} from '../../src/index.ts';
import type { WakeUp } from '../../src/webhooks/consumer.ts';
import { countEnv } from './counting-env.ts';
import { countStorage } from './counting-storage.ts';
import { emptyTally, type ObjectTally } from './tally.ts';

export { RecordingObject } from '../../src/index.ts';

// One isolate runs the Worker and all its objects, so one variable sees everything.
let tally = emptyTally();
const current = () => tally;

export class CallObject extends Call {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage, () => tally.call);
    super(ctx, countEnv(env, current));
  }

  /** When its alarm is set to, if it is. */
  armedAt(): Promise<number | null> {
    return this.ctx.storage.getAlarm();
  }

  /** Runs the alarm that is set without waiting for its time. */
  async ringNow(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.alarm();
  }
}

export class ConferenceObject extends Conference {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage, () => tally.conference);
    super(ctx, countEnv(env, current));
  }

  armedAt(): Promise<number | null> {
    return this.ctx.storage.getAlarm();
  }

  async ringNow(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.alarm();
  }
}

export class ConferenceNameObject extends Name {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage, () => tally.conference);
    super(ctx, countEnv(env, current));
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
countRequests(ConferenceObject, Conference, () => tally.conference);
countRequests(ConferenceNameObject, Name, () => tally.conference);
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

/** `GET /tally` reads, `DELETE /tally` clears; `GET /alarm/ID` says when a call's or a conference's alarm is set to, `POST` runs it now. */
async function answerBench(request: Request, env: Env): Promise<Response> {
  const [, what, id] = new URL(request.url).pathname.split('/');
  if (what === 'alarm' && id) {
    const objects = (id.startsWith('CF') ? env.CONFERENCES : env.CALLS) as unknown;
    const object = (objects as DurableObjectNamespace<CallObject | ConferenceObject>).getByName(id);
    if (request.method === 'POST') await object.ringNow();
    return Response.json(await object.armedAt());
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
