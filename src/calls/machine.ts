import type { LegFact } from '../carriers/carrier.ts';
import { beginFlow, flowFailed, lineAnswered, promptsToPrepare, runDocument, tell } from './flow.ts';
import { type Call, type CallStatus, reasonFor, statusAfter } from './model.ts';
import { after, become, type CallEvent, type Effect, finish, hangUp, type Step, withNote } from './step.ts';

type Cell<Event> = (call: Call, event: Event, now: number) => Step;
type Row = { [Type in CallEvent['type']]?: Cell<Extract<CallEvent, { type: Type }>> };

const hangUpByApi: Cell<unknown> = (call, _event, now) =>
  hangUp(call, call.answeredAt === undefined ? 'canceled' : 'completed', 'api', now);
const limit: Cell<unknown> = (call, _event, now) => hangUp(call, 'completed', 'time-limit', now);
const giveUp: Cell<unknown> = (call, _event, now) => hangUp(call, 'no-answer', 'timeout', now);

// Rows are states, columns are events. An empty cell means that the event no longer matters.
const table: Partial<Record<CallStatus, Row>> = {
  queued: {
    'call.placed': dial,
    'call.received': receive,
    'leg.ringing': (call) => become(call, 'ringing'),
    'leg.answered': answered,
    'leg.ended': legEnded,
    'timer.ring': giveUp,
    'user.hangup': hangUpByApi,
  },
  ringing: {
    'leg.answered': answered,
    'leg.ended': legEnded,
    'flow.loaded': runDocument,
    'flow.failed': flowFailed,
    'timer.verb': tell,
    'timer.ring': giveUp,
    'user.hangup': hangUpByApi,
  },
  'in-progress': {
    'leg.digit': tell,
    'leg.playback-ended': tell,
    'leg.prompt-failed': (call, { code }) => withNote(call, { type: 'prompt.failed', code }),
    'leg.machine-detected': (call) => withNote({ ...call, answeredBy: 'machine' }, { type: 'leg.machine-detected' }),
    'leg.ended': legEnded,
    'flow.loaded': runDocument,
    'flow.failed': flowFailed,
    'timer.verb': tell,
    'timer.limit': limit,
    'user.hangup': hangUpByApi,
  },
};

/** The whole life of a call. Pure: no clock, no randomness, no input or output. */
export function transition(call: Call, event: CallEvent, now: number): Step {
  const cell = table[call.status]?.[event.type] as Cell<CallEvent> | undefined;
  return cell ? cell(call, event, now) : { call, effects: [] };
}

function dial(call: Call, _event: unknown, now: number): Step {
  const { to, from, script, routes } = call;
  const prepare = promptsToPrepare(call);
  return {
    call,
    effects: [
      { do: 'note', note: { type: 'call.queued' } },
      { do: 'timer.set', name: 'ring', at: now + call.timeout * 1000 },
      {
        do: 'command',
        instruction: {
          do: 'dial',
          to,
          from,
          ...(script && { script }),
          ...(prepare.length > 0 && { prepare }),
          ...(Array.isArray(routes) && { routes }),
        },
      },
    ],
  };
}

/** An inbound call rings while its flow is asked whether, and when, to answer. */
function receive(call: Call, _event: unknown, now: number): Step {
  const ringing = become(call, 'ringing');
  const timer: Effect = { do: 'timer.set', name: 'ring', at: now + call.timeout * 1000 };
  return after({ ...ringing, effects: [timer, ...ringing.effects] }, (it) => beginFlow(it, 'incoming', now));
}

function answered(call: Call, _event: unknown, now: number): Step {
  const up = become({ ...call, answeredAt: now }, 'in-progress');
  const timers: Effect[] = [
    { do: 'timer.clear', name: 'ring' },
    { do: 'timer.set', name: 'limit', at: now + call.timeLimit * 1000 },
  ];
  return after({ ...up, effects: [...timers, ...up.effects] }, (it) => lineAnswered(it, now));
}

function legEnded(
  call: Call,
  { cause }: { cause: Extract<LegFact, { type: 'leg.ended' }>['cause'] },
  now: number,
): Step {
  const wasAnswered = call.answeredAt !== undefined;
  return finish(call, statusAfter(cause, wasAnswered), reasonFor(cause, wasAnswered), now);
}
