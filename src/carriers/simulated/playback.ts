import type { Instruction } from '../../contracts/carrier.ts';
import { passKeys, releaseKeys } from './bridge-membership.ts';
import { type Leg, plan } from './leg.ts';
import { promptSeconds } from './prompt-duration.ts';
import { endedAt, type Sound, soundsOf, withSounds } from './sounds.ts';

export function startPlayback(leg: Leg, { playback, prompts }: Extract<Instruction, { do: 'play' }>): Leg {
  const sounds = soundsOf(prompts, leg.now);
  const hearing = { ...hear(stopPlayback(leg), sounds), playback };
  const keys = sounds.filter((sound) => sound.what === 'digits');
  const seconds = prompts.reduce((sum, prompt) => sum + promptSeconds(prompt), 0);
  return plan(passKeys(hearing, keys), seconds, { type: 'leg.playback-ended', playback });
}

/** The ringing tone, until it hears something else. */
export const ring = (leg: Leg): Leg => hear(leg, [{ what: 'ringing', from: leg.now }]);

/** A prompt that is cut short has ended, too. */
export function stopPlayback(leg: Leg): Leg {
  const { playback, ...silent } = hush(leg);
  if (playback === undefined) return leg;
  const rest = leg.plan.filter(({ fact }) => fact.type !== 'leg.playback-ended' || fact.playback !== playback);
  return plan({ ...silent, plan: rest }, 0, { type: 'leg.playback-ended', playback });
}

/** Whatever it hears of its own ends here. */
export function hush(leg: Leg): Leg {
  const isPressing = leg.sounds.some(({ what, to = 0 }) => what === 'digits' && to > leg.now);
  const quiet = { ...leg, sounds: endedAt(leg.sounds, leg.now) };
  return isPressing ? releaseKeys(quiet) : quiet;
}

function hear(leg: Leg, sounds: Sound[]): Leg {
  const quiet = hush(leg);
  const kept = withSounds(quiet.sounds, sounds);
  const isAll = kept.length === quiet.sounds.length + sounds.length;
  return { ...quiet, sounds: kept, ...(!isAll && { forgottenUntil: kept[0]?.from ?? leg.now }) };
}
