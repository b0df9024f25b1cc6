import type { Call } from '../call.ts';
import { requestFlow, type Transition } from '../effects.ts';
import type { NextStep } from './activity.ts';

/** What the legs have in common that somebody else had called: a call that dials, or a conference. */

/** The verbs of a whisper; dialling others from it would take the leg from those who wait for it. */
export const WHISPER_VERBS = ['say', 'play', 'pause', 'gather', 'consent', 'redirect', 'hangup'] as const;

/** Asks for the whisper, once; undefined when there is none, or it was heard. */
export const requestWhisper = (call: Call): Transition | undefined =>
  call.url !== undefined && call.requests === 0
    ? requestFlow(call, { event: 'whisper', url: call.url, params: {} })
    : undefined;

/** Nobody waits for the leg any more: another one was first, the caller is gone, or the conference is over. */
export const released = (call: Call): NextStep =>
  call.answeredAt === undefined
    ? { do: 'hang-up', status: 'canceled', reason: 'canceled' }
    : { do: 'hang-up', status: 'completed', reason: 'hangup' };
