import type { Script } from './carrier.ts';

const ANSWERS: Script = { outcome: 'answer', ring_after: 0, answer_after: 1, digits: [], machine: false, speed: 1 };

/**
 * Callees that behave otherwise, on numbers that the German regulator reserves for fiction (Bundesnetzagentur,
 * "Rufnummern für Medienproduktionen": Berlin (0)30 23125 000 to 999), so that no one is ever phoned by mistake.
 */
const CALLEES: Record<string, Partial<Script>> = {
  '+493023125000': { answer_after: 0 },
  '+493023125001': { outcome: 'busy' },
  '+493023125002': { outcome: 'no-answer' },
  '+493023125003': { outcome: 'unallocated' },
  '+493023125004': { answer_after: 5 },
  '+493023125005': { machine: true },
  '+493023125006': { digits: [{ after: 0.5, digits: '1', after_prompt: true }] },
  '+493023125007': { hang_up_after: 3 },
  '+493023125008': { outcome: 'congestion' },
};

/** What the callee at a number does, unless the call itself says otherwise. */
export const scriptFor = (number: string, given: Partial<Script> = {}): Script => ({
  ...ANSWERS,
  ...CALLEES[number],
  ...given,
});
