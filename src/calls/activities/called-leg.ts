import type { Call } from '../call.ts';
import { requestFlow, type Transition } from '../effects.ts';
import type { NextStep } from './activity.ts';

/** Legs that a call dials, and legs that a conference calls, have this in common: somebody waits for them. */

/** The verbs that a whisper may have. A leg that dialled others from its whisper would be lost to those who wait for it. */
export const WHISPER_VERBS = ['say', 'play', 'pause', 'gather', 'consent', 'redirect', 'hangup'] as const;

/** Requests the whisper; undefined when the leg has none, or has heard it. */
export const requestWhisper = (call: Call): Transition | undefined =>
  call.url !== undefined && call.requests === 0
    ? requestFlow(call, { event: 'whisper', url: call.url, params: {} })
    : undefined;

/** Nobody waits for the leg any more: another one was first, the caller is gone, or the conference is over. */
export const released = (call: Call): NextStep =>
  call.answeredAt === undefined
    ? { do: 'hang-up', status: 'canceled', reason: 'canceled' }
    : { do: 'hang-up', status: 'completed', reason: 'hangup' };
