import type { SimulatedBridge } from '../../../src/carriers/simulated/bridge.ts';
import type { SimulatedLeg } from '../../../src/carriers/simulated/leg.ts';
import { mixPlanOfBridge, mixPlanOfLeg } from '../../../src/carriers/simulated/mix-plan.ts';
import type { SimulatedRecorder } from '../../../src/carriers/simulated/recorder.ts';
import { type Prompts, render } from '../../../src/carriers/simulated/render.ts';
import { pitchOf } from '../../../src/carriers/simulated/tones.ts';
import type { Instruction } from '../../../src/contracts/carrier.ts';
import type { RecordingOrder } from '../../../src/contracts/recording.ts';
import { joinSamples } from '../../../src/speech/audio/telephone.ts';
import { Network } from './network.ts';

export const record = ({ recording = 'RE1', ...more }: { recording?: string } & Partial<RecordingOrder> = {}) =>
  ({ do: 'record', recording, order: { source: 'start-verb', channels: 2, ...more } }) satisfies Instruction;
export const turn = (is: 'on' | 'paused' | 'silent' | 'off') => ({ do: 'recorder', recording: 'RE1', is }) as const;

/** The talks of a party that always speaks. */
export const TALKS = [{ after: 0, for: 86_400 }];
export const VOICE = { CA1: pitchOf('CA1'), CA2: pitchOf('CA22'), CA3: pitchOf('CA333') };

/** A simulated network, and the sound of its recordings. */
export class RecordedNetwork extends Network {
  /** Adds an answered leg with a pitch of its own. */
  override answered(id: keyof typeof VOICE, script: Parameters<Network['answered']>[1] = {}): void {
    super.answered(id, script);
    this.legs.set(id, { ...(this.legs.get(id) as SimulatedLeg), pitch: VOICE[id] });
  }

  recorders(id: string): SimulatedRecorder[] {
    return (this.legs.get(id) ?? this.bridges.get(id))?.recorders ?? [];
  }

  /** The samples of each channel of a recording of a leg or a bridge. */
  sound(id: string, recording = 'RE1', prompts: Prompts = new Map()): Int16Array[] {
    const recorder = this.recorders(id).find((it) => it.recording === recording) as SimulatedRecorder;
    const leg = this.legs.get(id);
    const plan = leg
      ? mixPlanOfLeg(leg, recorder, Object.fromEntries(this.bridges))
      : mixPlanOfBridge(this.bridges.get(id) as SimulatedBridge, recorder);
    const seconds = [...render(plan, prompts)];
    return Array.from({ length: plan.channels }, (_, at) => joinSamples(seconds.map((it) => it[at] as Int16Array)));
  }
}

/** The length of samples in seconds. */
export const length = (samples: Int16Array | undefined) => (samples?.length ?? 0) / 8000;
export const cut = (samples: Int16Array | undefined, from: number, to: number) =>
  (samples ?? new Int16Array()).slice(from * 8000, to * 8000);
