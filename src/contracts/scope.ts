/** The two networks over which a call can be made; the API key chooses. */
export const MODES = ['test', 'live'] as const;
export type Mode = (typeof MODES)[number];

/** Whoever may see a call: its account, with a key of the same mode. */
export interface Scope {
  accountId: string;
  mode: Mode;
}

/** Whether whoever asks may see what belongs to `owned`: the scope of a call, a conference or a recording. */
export const maySee = ({ accountId, mode }: Scope, owned: Scope): boolean =>
  owned.accountId === accountId && owned.mode === mode;
