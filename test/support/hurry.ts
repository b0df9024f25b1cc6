import { vi } from 'vitest';

const { setTimeout } = globalThis;

/** Timers that are set for exactly this long run almost at once, until mocks are restored; all others as ever. */
export function hurry(milliseconds: number): void {
  const sooner = (run: () => void, wait?: number) => setTimeout(run, wait === milliseconds ? 50 : wait);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(sooner as never);
}
