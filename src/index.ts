import { routerFor } from './http/router.ts';
import { retireDaily } from './retention-job/daily-job.ts';
import { wakeAlive } from './retention-job/wake-alive.ts';
import { allRoutes } from './routes.ts';
import { deliverAll, logDeadLetters, type WakeUp } from './webhooks/consumer.ts';

export { CallObject } from './calls/object/object.ts';
export { GatewayObject } from './carriers/asterisk/object.ts';
export { SimulatedObject } from './carriers/simulated/object.ts';
export { ConferenceNameObject } from './conferences/object/name-object.ts';
export { ConferenceObject } from './conferences/object/object.ts';
export { RecordingObject } from './recordings/object/object.ts';

export default {
  fetch: routerFor(allRoutes),
  async queue(batch, env, ctx) {
    if (batch.queue.endsWith('-dead')) logDeadLetters(batch);
    else await deliverAll(batch, env, ctx);
  },
  async scheduled({ scheduledTime }, env) {
    await wakeAlive(env, scheduledTime);
    await retireDaily(env, scheduledTime);
  },
} satisfies ExportedHandler<Env, WakeUp>;
