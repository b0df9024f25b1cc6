import type { Instruction } from './carrier.ts';

/** An instruction as it was stored before orders travelled whole: what to record stood in the instruction itself. */
export type StoredInstruction =
  | Instruction
  | { do: 'record'; recording: string; channels: 1 | 2; silence?: number; trim?: true };

/** The same instruction with its order whole. Whose wish the recording was, no network asks. */
export function withWholeOrder(instruction: StoredInstruction): Instruction {
  if (instruction.do !== 'record' || 'order' in instruction) return instruction;
  const { do: _record, recording, ...how } = instruction;
  return { do: 'record', recording, order: { source: 'start-verb', ...how } };
}
