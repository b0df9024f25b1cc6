import type { Instruction } from './carrier.ts';

/** Names the account in the files that an instruction plays: what one customer's server gave is not played to another's calls. */
export const withAccount = (instruction: Instruction, account: string): Instruction =>
  instruction.do === 'play'
    ? { ...instruction, prompts: instruction.prompts.map((it) => ('play' in it ? { ...it, account } : it)) }
    : instruction;
