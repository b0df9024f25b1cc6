import type { Instruction } from '../../contracts/carrier.ts';
import { isSpoken } from '../../speech/languages.ts';
import { passKeys, releaseKeys } from './bridge-membership.ts';
import { type SimulatedLeg, schedule } from './leg.ts';
import { promptSeconds } from './prompt-duration.ts';
import { endAt, type NetworkSound, soundsOf, withSounds } from './sounds.ts';

/** Whether a language has a voice. A text without one is not heard on any network. */
export type HasVoice = (language: string) => boolean;

/** Plays prompts. As on a line, those that have no voice are left out and reported, and the others are heard. */
export function startPlayback(
  leg: SimulatedLeg,
  { playback, prompts }: Extract<Instruction, { do: 'play' }>,
  hasVoice: HasVoice = isSpoken,
): SimulatedLeg {
  const spoken = prompts.filter((prompt) => !('say' in prompt) || hasVoice(prompt.language));
  const sounds = soundsOf(spoken, leg.now);
  const hearing = { ...addSounds(stopPlayback(leg), sounds), playback };
  const keys = sounds.filter((sound) => sound.what === 'digits');
  const seconds = spoken.reduce((sum, prompt) => sum + promptSeconds(prompt), 0);
  const failed = prompts.length > spoken.length;
  const reported = Array.from({ length: prompts.length - spoken.length }).reduce<SimulatedLeg>(
    (it) => schedule(it, 0, { type: 'leg.prompt-failed', code: 'speech_unavailable' }),
    passKeys(hearing, keys),
  );
  return schedule(reported, seconds, { type: 'leg.playback-ended', playback, ...(failed && { unheard: true }) });
}

/** Lets the leg hear the ringing tone, until it hears something else. */
export const startRinging = (leg: SimulatedLeg): SimulatedLeg => addSounds(leg, [{ what: 'ringing', from: leg.now }]);

/** Cuts short what is played. A playback that is cut short has ended, too, and is reported. */
export function stopPlayback(leg: SimulatedLeg): SimulatedLeg {
  const { playback, ...quiet } = endSounds(leg);
  if (playback === undefined) return leg;
  const rest = leg.scheduled.filter(({ fact }) => fact.type !== 'leg.playback-ended' || fact.playback !== playback);
  return schedule({ ...quiet, scheduled: rest }, 0, { type: 'leg.playback-ended', playback, unheard: true });
}

/** Ends whatever the leg hears that is not another party. */
export function endSounds(leg: SimulatedLeg): SimulatedLeg {
  const isPressing = leg.sounds.some(({ what, to = 0 }) => what === 'digits' && to > leg.now);
  const quiet = { ...leg, sounds: endAt(leg.sounds, leg.now) };
  return isPressing ? releaseKeys(quiet) : quiet;
}

function addSounds(leg: SimulatedLeg, sounds: NetworkSound[]): SimulatedLeg {
  const quiet = endSounds(leg);
  const kept = withSounds(quiet.sounds, sounds);
  const isAll = kept.length === quiet.sounds.length + sounds.length;
  return { ...quiet, sounds: kept, ...(!isAll && { forgottenUntil: kept[0]?.from ?? leg.now }) };
}
