import type { NoticeWords } from '../contracts/consent.ts';
import { type FlowProblem, problem } from './problem.ts';
import type { Verb } from './verb.ts';
import { verbNamed } from './verbs/index.ts';

/**
 * Finds the first verb whose own words do not ask for consent in the language in which they would be spoken: that of the
 * verb, else that which the flow has by then. `flowLanguage` is what the flow has when the document begins.
 */
export function findNoticeProblem(
  document: Verb[],
  flowLanguage: string,
  declared: NoticeWords = {},
): FlowProblem | undefined {
  let language = flowLanguage;
  for (const [index, verb] of document.entries()) {
    const definition = verbNamed(verb.verb);
    language = definition?.speaks?.(verb) ?? language;
    const wrong = definition?.noticeProblem?.(verb, language, declared);
    if (wrong !== undefined) return problem('flow_invalid', `Verb ${index + 1} (${verb.verb}), text: ${wrong}.`);
  }
  return undefined;
}
