import { type CountedCall, type CountedParticipant, sum, type Tally } from './tally.ts';

/** One line of a call's cost. */
export interface CostLine {
  what: string;
  used: number;
  /** What src/docs/architecture.md allows for a call with four notifications; absent where it sets no limit. */
  budget?: number;
}

/** What one call used, beside the budgets. */
export function costOf({ tally, callbacks, flowRequests }: CountedCall): CostLine[] {
  const { worker, call, simulated, d1, queue } = tally;
  // A gateway's object would take the same commands; its own wake-ups and rows are the simulation's, and are apart.
  const commands = simulated.requests.perform ?? 0;
  return [
    { what: 'Worker requests (HTTP and queue)', used: worker.fetch + worker.queue, budget: 6 },
    { what: 'object requests (call, and commands to the network)', used: sum(call.requests) + commands, budget: 24 },
    { what: 'object rows written (call)', used: sum(call.written), budget: 24 },
    { what: 'D1 rows written', used: d1.rowsWritten, budget: 20 },
    { what: 'queue operations', used: queueOperations(tally), budget: 12 },
    { what: 'D1 rows read', used: d1.rowsRead },
    { what: 'object rows read (call)', used: call.rowsRead },
    { what: "simulated network's own object requests", used: sum(simulated.requests) - commands },
    { what: "simulated network's rows written", used: sum(simulated.written) },
    { what: 'messages sent to the queue', used: queue.sent },
    { what: 'callbacks delivered', used: callbacks.length },
    { what: 'flow requests', used: flowRequests },
  ];
}

/**
 * What one participant of a conference used, from the order of its call to its leaving. Nobody else is told that it comes, so
 * it costs the same in a conference of three as of a hundred. The budgets are what it takes (its order and a consumer for each
 * callback; an entry, a farewell, two tones, and the alarms behind them) and a quarter more, for repeats under load.
 * Of talking, only the check costs: in ten minutes one alarm and two rows for the conference, and a request for each call.
 */
export function participantCostOf({ tally, callbacks, alarmsPerMinute }: CountedParticipant): CostLine[] {
  const { worker, call, conference, simulated, d1, queue } = tally;
  const { perform = 0 } = simulated.requests;
  return [
    { what: 'Worker requests (HTTP and queue)', used: worker.fetch + worker.queue, budget: 4 },
    { what: 'object requests (call, and commands to the network)', used: sum(call.requests) + perform, budget: 14 },
    { what: 'object requests (conference and its name)', used: sum(conference.requests), budget: 14 },
    { what: 'object rows written (call)', used: sum(call.written), budget: 22 },
    { what: 'object rows written (conference and its name)', used: sum(conference.written), budget: 18 },
    { what: 'D1 rows written', used: d1.rowsWritten, budget: 24 },
    { what: 'queue operations', used: queueOperations(tally), budget: 8 },
    { what: 'messages sent to the queue', used: queue.sent },
    { what: 'callbacks delivered', used: callbacks.length },
    { what: 'alarms set for a minute of just talking', used: alarmsPerMinute, budget: 0 },
  ];
}

/** Frames on a gateway's socket: out to Asterisk, and in from it. */
export interface Frames {
  sent: number;
  received: number;
}

/** What one live call used: the same budgets, and what its gateway's object did for it. */
export function liveCostOf({ tally, callbacks, flowRequests }: CountedCall, frames: Frames): CostLine[] {
  const { worker, call, gateway, d1, queue } = tally;
  const { perform = 0 } = gateway.requests;
  // Twenty frames that arrive are billed as one request; those that leave are free.
  const objects = sum(call.requests) + perform + frames.received / 20;
  return [
    { what: 'Worker requests (HTTP and queue)', used: worker.fetch + worker.queue, budget: 6 },
    { what: 'object requests (call, commands to the gateway, frames from it)', used: objects, budget: 24 },
    { what: 'object rows written (call)', used: sum(call.written), budget: 24 },
    { what: 'D1 rows written', used: d1.rowsWritten, budget: 20 },
    { what: 'queue operations', used: queueOperations(tally), budget: 12 },
    { what: 'frames to Asterisk', used: frames.sent, budget: FRAMES.sent },
    { what: 'frames from Asterisk', used: frames.received, budget: FRAMES.received },
    { what: "gateway's object rows written", used: sum(gateway.written) },
    { what: 'messages sent to the queue', used: queue.sent },
    { what: 'callbacks delivered', used: callbacks.length },
    { what: 'flow requests', used: flowRequests },
  ];
}

/**
 * Nothing less does it: dial, two prompts and a hang-up go out; back come their four answers, the ringing, both signs of
 * the answer, the end of each prompt, the key, and both signs of the end. Anything more is asked for, or told, in vain.
 */
const FRAMES: Frames = { sent: 4, received: 12 };

export const isOver = ({ used, budget }: CostLine): boolean => budget !== undefined && used > budget;

/** A write for each message sent, a read and a delete for each one received. */
const queueOperations = ({ queue }: Pick<Tally, 'queue'>): number => queue.sent + 2 * queue.received;

/**
 * Dollars per 1,000 calls at the platform's prices beyond what is included (facts of November 2026, per million):
 * without CPU time, the time that objects are awake, logs, and the simulated network's own part.
 */
export function dollarsPerThousand({ tally }: CountedCall): number {
  const { worker, call, simulated, d1 } = tally;
  const millionths =
    (worker.fetch + worker.queue) * 0.3 +
    (sum(call.requests) + (simulated.requests.perform ?? 0)) * 0.15 +
    (sum(call.written) + d1.rowsWritten) * 1 +
    (call.rowsRead + d1.rowsRead) * 0.001 +
    queueOperations(tally) * 0.4;
  return millionths / 1000;
}
