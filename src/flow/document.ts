import * as v from 'valibot';
import { byteLength } from '../lib/bytes.ts';
import { cut } from '../lib/cut.ts';
import { validationMessage } from '../lib/validation-message.ts';
import { spokenLanguage } from '../speech/languages.ts';
import { type FittedSpeech, fitSpeech, type Voices } from './fit-speech.ts';
import { type FlowErrorCode, type FlowProblem, problem } from './problem.ts';
import { ignoredAttributes, withoutUnknownWords } from './unknown-parts.ts';
import { resolveLink, type Verb } from './verb.ts';
import { verbNamed, verbs } from './verbs/index.ts';
import { readXml } from './xml.ts';

export const MAX_DOCUMENT_BYTES = 65_536;

const MAX_VERBS = 1000;

/** A problem quotes at most so much of each thing that is wrong. */
const MAX_COMPLAINT = 300;

/** The document has more bytes than one may have. */
export const tooLarge = (): FlowProblem =>
  problem('flow_too_large', `A document has at most ${MAX_DOCUMENT_BYTES} bytes.`);

/** Any verb in its JSON form; `oneOf` in the reference. */
export const VerbSchema = v.variant(
  'verb',
  verbs.map((verb) =>
    v.pipe(
      v.object({ verb: v.literal(verb.name), ...verb.attributes }),
      v.title(verb.name),
      v.description(verb.summary),
    ),
  ) as unknown as [v.ObjectSchema<{ verb: v.LiteralSchema<string, undefined> }, undefined>],
);

/** The verbs of a document, the attributes that they do not have, and what else its author should know. */
export type ReadDocument = FittedSpeech & { ignored: string[] };

export type DocumentReading = ReadDocument | FlowProblem;

/** Turns a webhook's answer into verbs, or says what is wrong with it. An empty answer (such as 204) has no verbs. */
export function readDocument(document: string, contentType: string, voices: Voices = spokenLanguage): DocumentReading {
  // Of an inline document nobody has taken off the byte order mark.
  const text = document.replace(/^\ufeff/, '');
  if (text.trim() === '') return { verbs: [], ignored: [], warnings: [] };
  const form = formOf(contentType, text);
  if (form === 'xml') {
    const read = readXml(text);
    if ('code' in read) return read;
    const { document: known, warnings } = withoutUnknownWords(read.verbs);
    const reading = validate(known, voices);
    return 'code' in reading ? reading : { ...reading, warnings: [...reading.warnings, ...warnings] };
  }
  if (form === 'json') return readJson(text, voices);
  return problem('flow_content_type', `Answer with XML (application/xml) or JSON (application/json), not ${form.not}.`);
}

/** Reads an inline document: its text, or the verbs themselves. It has no URL, so the URLs in it must be absolute. */
export function readInline(flow: unknown, voices: Voices = spokenLanguage): DocumentReading {
  if (byteLength(typeof flow === 'string' ? flow : JSON.stringify(flow)) > MAX_DOCUMENT_BYTES) return tooLarge();
  const reading = typeof flow === 'string' ? readDocument(flow, '', voices) : validate(flow, voices);
  if ('code' in reading) return reading;
  for (const [index, verb] of reading.verbs.entries()) {
    const links = verbNamed(verb.verb)?.links?.(verb) ?? [];
    if (links.some((link) => resolveLink(link) === undefined)) {
      return problem(
        'flow_invalid',
        `Verb ${index + 1} (${verb.verb}): an inline flow has no URL of its own, so its URLs must be given and absolute.`,
      );
    }
  }
  return reading;
}

function formOf(contentType: string, text: string): 'xml' | 'json' | { not: string } {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/^(text|application)\/xml$|\+xml$|^text\/html$/.test(type)) return 'xml';
  if (/^application\/json$|\+json$/.test(type)) return 'json';
  if (type !== '' && type !== 'text/plain') return { not: type.slice(0, 100) };
  return text.trimStart().startsWith('<') ? 'xml' : 'json';
}

function readJson(text: string, voices: Voices): DocumentReading {
  try {
    return validate(JSON.parse(text), voices);
  } catch {
    return problem('flow_malformed', 'The document is not well-formed JSON.');
  }
}

const codeOf = (verbsGiven: unknown): FlowErrorCode => (Array.isArray(verbsGiven) ? 'flow_invalid' : 'flow_malformed');

function validate(document: unknown, voices: Voices): DocumentReading {
  if (!Array.isArray(document)) return problem(codeOf(document), 'A JSON document is an array of verbs.');
  if (document.length > MAX_VERBS) return problem('flow_invalid', `A document has at most ${MAX_VERBS} verbs.`);
  const result = v.safeParse(v.array(VerbSchema), document);
  if (result.success) {
    return { ...fitSpeech(result.output as Verb[], voices), ignored: ignoredAttributes(document) };
  }
  return problem(
    'flow_invalid',
    result.issues
      .slice(0, 5)
      .map((issue) => cut(explain(issue, document), MAX_COMPLAINT))
      .join(' '),
  );
}

function explain(issue: v.BaseIssue<unknown>, document: unknown[]): string {
  const [place, ...path] = (issue.path ?? []).map((item) => item.key);
  const verb = (document[Number(place)] as { verb?: unknown } | undefined)?.verb;
  const name = typeof verb === 'string' && verbNamed(verb) ? ` (${verb})` : '';
  return `Verb ${Number(place) + 1}${name}${path.length ? `, ${path.join('.')}` : ''}: ${validationMessage(issue)}.`;
}
