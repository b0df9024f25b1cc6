import type { AnyVerb } from '../verb.ts';
import { conference } from './conference.ts';
import { consent } from './consent.ts';
import { dial } from './dial.ts';
import { gather } from './gather.ts';
import { hangup } from './hangup.ts';
import { pause } from './pause.ts';
import { play } from './play.ts';
import { record } from './record.ts';
import { recording } from './recording.ts';
import { redirect } from './redirect.ts';
import { reject } from './reject.ts';
import { say } from './say.ts';

/** Every verb of the language, in the order of the reference. */
export const verbs: readonly AnyVerb[] = [
  say,
  play,
  pause,
  gather,
  consent,
  record,
  recording,
  dial,
  conference,
  redirect,
  reject,
  hangup,
];

export const verbNamed = (name: string): AnyVerb | undefined => verbs.find((verb) => verb.name === name);
