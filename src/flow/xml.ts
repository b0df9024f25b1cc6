import { parseXml, XmlElement, XmlError, type XmlNode, XmlText } from '@rgrove/parse-xml';
import type * as v from 'valibot';
import { scanXml } from '../lib/xml-scan.ts';
import { type FlowProblem, problem } from './problem.ts';
import type { AnyVerb, Noun } from './verb.ts';
import { verbNamed } from './verbs/index.ts';

const MAX_DEPTH = 10;

/** The elements of SSML (https://www.w3.org/TR/speech-synthesis11/) that TwiML has. */
const SSML = new Set(['break', 'emphasis', 'lang', 'p', 'phoneme', 'prosody', 's', 'say-as', 'sub', 'w']);

/**
 * Reads a TwiML document into the JSON form, which is then validated. External entities, DTDs and custom entities are
 * not supported by the parser at all; nesting is bounded before it runs, because it recurses.
 */
export function readXml(text: string): { verbs: unknown[] } | FlowProblem {
  const { depth, hasDoctype } = scanXml(text);
  if (hasDoctype) return problem('flow_malformed', 'A document type declaration is not allowed.');
  if (depth > MAX_DEPTH) return problem('flow_malformed', `Elements may nest ${MAX_DEPTH} deep.`);
  try {
    const { root } = parseXml(text);
    if (root?.name !== 'Response') return problem('flow_invalid', 'The root element must be <Response>.');
    return { verbs: childrenOf(root, 'Response').map((element) => toJson(element)) };
  } catch (error) {
    if (error instanceof Misplaced) return problem('flow_invalid', error.message);
    if (error instanceof XmlError) return problem('flow_malformed', firstLine(error.message));
    throw error;
  }
}

class Misplaced extends Error {}

/** In TwiML the element around Recording says what it shall do. */
const AROUND_RECORDING: Record<string, string> = { Start: 'start', Stop: 'stop' };

function toJson(element: XmlElement): Record<string, unknown> {
  const what = AROUND_RECORDING[element.name];
  if (what !== undefined) return { ...toJson(onlyRecordingIn(element)), do: what };
  const definition = verbNamed(verbName(element.name));
  if (!definition || element.name !== elementName(definition)) {
    throw new Misplaced(`<${element.name}> is not a verb (names are case-sensitive, as in <Say>).`);
  }
  const other = definition.becomes && becomes(element, definition.becomes);
  if (other) return { ...attributesOf(element, other.definition), ...toJson(other.child) };
  return {
    verb: definition.name,
    ...attributesOf(element, definition),
    ...(definition.content && contentOf(element, definition, definition.content)),
    ...(definition.nests && {
      [definition.nests]: childrenOf(element, element.name).map(toJson),
    }),
  };
}

function onlyRecordingIn(element: XmlElement): XmlElement {
  const [child, ...others] = childrenOf(element, element.name);
  if (child?.name === 'Recording' && others.length === 0) return child;
  throw new Misplaced(`<${element.name}> needs <Recording> in it, and nothing else.`);
}

/** In TwiML a conference is an element in Dial, which then has nothing else in it. */
function becomes(element: XmlElement, others: Record<string, string>) {
  const inside = element.children.filter((child) => child instanceof XmlElement);
  const child = inside.find(({ name }) => name in others);
  const definition = child && verbNamed(others[child.name] ?? '');
  if (!child || !definition) return undefined;
  if (inside.length > 1) throw new Misplaced(`<${child.name}> must be alone in <${element.name}>.`);
  return { child, definition };
}

/** Attributes in XML are text; the schema of the verb, or of the noun, says which of them are numbers or booleans. */
function attributesOf(
  element: XmlElement,
  { attributes }: Pick<AnyVerb | Noun, 'attributes'>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(element.attributes).map(([name, text]) => [name, coerce(text, kindOf(attributes[name]))]),
  );
}

function coerce(text: string, kind: string | undefined): unknown {
  if (kind === 'number' && /^\s*-?\d+(\.\d+)?\s*$/.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function kindOf(schema: v.GenericSchema | undefined): string | undefined {
  return schema && 'wrapped' in schema ? kindOf(schema.wrapped as v.GenericSchema) : schema?.type;
}

function contentOf(element: XmlElement, definition: AnyVerb, attribute: string) {
  const inside = element.children.filter((child) => child instanceof XmlElement);
  if (inside.length === 0) {
    const isSsml = definition.markup ? { ssml: undefined } : {};
    return { ...(element.text.trim() !== '' && { [attribute]: element.text }), ...isSsml };
  }
  if (definition.nouns) return nounsOf(element, definition.nouns);
  if (!definition.markup) throw new Misplaced(`<${inside[0]?.name}> is not allowed in <${element.name}>.`);
  checkMarkup(element);
  return { [attribute]: element.children.map(toSsml).join(''), ssml: true };
}

function nounsOf(element: XmlElement, { into, elements }: NonNullable<AnyVerb['nouns']>) {
  const entries = childrenOf(element, element.name).map((child) => {
    const noun = elements[child.name];
    if (!noun) throw new Misplaced(`<${child.name}> is not allowed in <${element.name}>.`);
    return { noun: noun.name, ...attributesOf(child, noun), [noun.content]: child.text };
  });
  return { [into]: entries };
}

function checkMarkup(element: XmlElement): void {
  for (const child of element.children) {
    if (!(child instanceof XmlElement)) continue;
    if (!SSML.has(child.name)) throw new Misplaced(`<${child.name}> is not allowed in <Say>.`);
    checkMarkup(child);
  }
}

/** Writes markup again without what is not spoken: comments and instructions; what was CDATA is text. */
function toSsml(node: XmlNode): string {
  if (node instanceof XmlText) return escaped(node.text);
  if (!(node instanceof XmlElement)) return '';
  const attributes = Object.entries(node.attributes).map(
    ([name, value]) => ` ${name}="${escaped(value).replaceAll('"', '&quot;')}"`,
  );
  const inside = node.children.map(toSsml).join('');
  const opening = `<${node.name}${attributes.join('')}`;
  return inside === '' ? `${opening}/>` : `${opening}>${inside}</${node.name}>`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  const stray = element.children.find((child) => child instanceof XmlText && child.text.trim() !== '');
  if (stray) throw new Misplaced(`Text is not allowed directly in <${name}>; put it in <Say>.`);
  return element.children.filter((child) => child instanceof XmlElement);
}

const elementName = ({ name }: AnyVerb): string => name.charAt(0).toUpperCase() + name.slice(1);

const verbName = (element: string): string => element.charAt(0).toLowerCase() + element.slice(1);

const firstLine = (message: string): string => message.split('\n', 1)[0] ?? message;
