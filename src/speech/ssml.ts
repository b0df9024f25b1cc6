import { XmlElement, type XmlNode, XmlText } from '@rgrove/parse-xml';
import { parseMarkup, stripMarkup } from './markup.ts';
import { breakMs, type Prosody, withEmphasis, withProsody } from './prosody.ts';
import { sayAs } from './say-as.ts';

/**
 * One piece of a Say: plain text for an engine, or silence. The pieces of a Say are complete and in order, so that an engine needs to
 * know nothing of SSML. An engine that cannot change its pitch may ignore the pitch; volume can be applied to the samples.
 */
export type SpeechPiece = ({ type: 'text'; text: string; language: string } & Prosody) | { type: 'pause'; ms: number };

/** Longer content is cut off here. The schema of the verb should refuse it before. */
export const MAX_CONTENT = 10_000;
/** One request to an engine may hold so many characters; longer texts are cut between sentences. */
export const MAX_PIECE = 2000;
/** Bounds the requests that one Say can cause. The text of further pieces is joined to the last one. */
export const MAX_PIECES = 200;

const MAX_SILENCE_MS = 60_000;
const PARAGRAPH_MS = 700;
const SENTENCE_MS = 300;
const PLAIN: Prosody = { rate: 1, pitch: 1, volume: 1 };
const LANGUAGE_TAG = /^[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}$/i;

type PieceStyle = Prosody & { language: string };

/** Splits the content of a Say: a text that is spoken as it is, or SSML, which may lack its root element and have mistakes. */
export function splitSpeech(content: string, language: string, ssml = false): SpeechPiece[] {
  const text = content.slice(0, MAX_CONTENT);
  if (!ssml) return cutText(text, { ...PLAIN, language });
  const root = parseMarkup(text);
  if (!root) return cutText(collapse(stripMarkup(text)), { ...PLAIN, language });
  const script = new PieceBuilder();
  readElement(root, { ...PLAIN, language }, script);
  return script.finish();
}

/** The words that are heard of SSML; where it matters how they are spoken, only those that `isHeard` lets pass. */
export const spokenText = (
  content: string,
  language: string,
  isHeard: (manner: Prosody) => boolean = ({ volume }) => volume > 0,
): string =>
  splitSpeech(content, language, true)
    .flatMap((piece) => (piece.type === 'text' && isHeard(piece) ? [piece.text] : []))
    .join(' ');

const TAG_OR_ENTITY =
  /<\/?(?:break|emphasis|lang|p|phoneme|prosody|s|say-as|speak|sub|w)(?=[\s/>]|$)|&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-f]{1,6});/i;

/** Whether somebody may have meant a text to be SSML. */
export const looksLikeSsml = (text: string): boolean => TAG_OR_ENTITY.test(text);

/** Warns of each of these fields that is spoken as text, tags and all. */
export const textWarnings = (fields: Record<string, string | undefined>): string[] =>
  Object.entries(fields).flatMap(([name, text = '']) =>
    looksLikeSsml(text) ? [`${name} looks like SSML and is spoken as text`] : [],
  );

/** Gathers the pieces. Text in one style is joined, so that a `<w>` or `<sub>` does not tear its sentence apart. */
class PieceBuilder {
  #pieces: SpeechPiece[] = [];
  #text = '';
  #voice: PieceStyle | undefined;
  #gap = 0;
  #silence = 0;

  say(text: string, voice: PieceStyle): void {
    if (!text.trim()) {
      this.#text += text;
      return;
    }
    if (this.#isFull()) {
      this.#text += ` ${text}`;
      return;
    }
    if (this.#gap || (this.#voice && !isSameStyle(this.#voice, voice))) this.#flush();
    if (this.#gap && this.#pieces.at(-1)?.type === 'text') this.#pause(this.#gap);
    this.#gap = 0;
    this.#voice = voice;
    this.#text += text;
  }

  /** Adds a pause that was asked for. It takes the place of one between sentences. */
  break(ms: number): void {
    if (this.#isFull()) return;
    this.#flush();
    this.#gap = 0;
    if (ms) this.#pause(ms);
  }

  /** Adds a pause between two pieces, if both turn out to exist. */
  separate(ms: number): void {
    this.#gap = Math.max(this.#gap, ms);
  }

  finish(): SpeechPiece[] {
    this.#flush();
    return this.#pieces;
  }

  #isFull(): boolean {
    return this.#pieces.length >= MAX_PIECES;
  }

  #flush(): void {
    const text = collapse(this.#text);
    this.#text = '';
    if (!this.#voice || !text) return;
    const last = this.#pieces.at(-1);
    // A full stop after an emphasised word is no sentence, and alone an engine might read it out.
    if (!/[^\s\p{P}]|[%&@#*/\\]/u.test(text)) {
      if (last?.type === 'text') last.text += text;
      return;
    }
    this.#pieces.push(...cutText(text, this.#voice));
  }

  #pause(ms: number): void {
    const length = Math.min(ms, MAX_SILENCE_MS - this.#silence);
    if (length <= 0) return;
    this.#silence += length;
    const last = this.#pieces.at(-1);
    if (last?.type === 'pause') last.ms += length;
    else this.#pieces.push({ type: 'pause', ms: length });
  }
}

type Reader = (element: XmlElement, voice: PieceStyle, script: PieceBuilder) => void;

/** The readers of elements. The content of any other element is read as if the element were not there. */
const ELEMENTS: Record<string, Reader> = {
  break: ({ attributes }, _, script) => script.break(breakMs(attributes)),
  emphasis: (element, voice, script) =>
    readChildren(element, { ...voice, ...withEmphasis(voice, element.attributes.level) }, script),
  prosody: (element, voice, script) =>
    readChildren(element, { ...voice, ...withProsody(voice, element.attributes) }, script),
  p: (element, voice, script) => readSeparated(element, voice, script, PARAGRAPH_MS),
  s: (element, voice, script) => readSeparated(element, voice, script, SENTENCE_MS),
  'say-as': ({ text, attributes }, voice, script) => script.say(sayAs(text, voice.language, attributes), voice),
  sub: ({ text, attributes }, voice, script) => script.say(attributes.alias?.trim() || text, voice),
};

function readElement(element: XmlElement, voice: PieceStyle, script: PieceBuilder): void {
  const tag = element.attributes['xml:lang'] ?? '';
  const language = LANGUAGE_TAG.test(tag) ? tag : voice.language;
  const name = element.name.toLowerCase();
  const reader = Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name] : undefined;
  (reader ?? readChildren)(element, { ...voice, language }, script);
}

function readChildren({ children }: XmlElement, voice: PieceStyle, script: PieceBuilder): void {
  children.forEach((child: XmlNode) => {
    if (child instanceof XmlElement) readElement(child, voice, script);
    else if (child instanceof XmlText) script.say(child.text, voice);
  });
}

function readSeparated(element: XmlElement, voice: PieceStyle, script: PieceBuilder, ms: number): void {
  script.separate(ms);
  readChildren(element, voice, script);
  script.separate(ms);
}

/** Cuts a long text after a sentence, else between words, else anywhere. */
function cutText(text: string, voice: PieceStyle): SpeechPiece[] {
  if (!text.trim()) return [];
  if (text.length <= MAX_PIECE) return [{ type: 'text', text, ...voice }];
  const head = text.slice(0, MAX_PIECE);
  const sentence = Math.max(...['. ', '! ', '? ', '\n'].map((end) => head.lastIndexOf(end)));
  const cut = sentence > 0 ? sentence + 1 : Math.max(head.lastIndexOf(' '), 0) || withoutHalf(head);
  return [{ type: 'text', text: text.slice(0, cut), ...voice }, ...cutText(text.slice(cut).trimStart(), voice)];
}

/** The length of a text without the first half of a surrogate pair at its end. */
function withoutHalf(text: string): number {
  return text.isWellFormed() || !/[\ud800-\udbff]$/.test(text) ? text.length : text.length - 1;
}

function isSameStyle(a: PieceStyle, b: PieceStyle): boolean {
  return a.language === b.language && a.rate === b.rate && a.pitch === b.pitch && a.volume === b.volume;
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
