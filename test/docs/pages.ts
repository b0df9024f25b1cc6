import { readdirSync, readFileSync } from 'node:fs';

/** A fenced block of a page. */
export interface Block {
  page: string;
  /** Of its first line of text, from 1. */
  line: number;
  language: string;
  /** What stands after the language: what the block is, and so what runs it. */
  kind: string;
  text: string;
}

export interface Page {
  /** Its path from the project's root. */
  path: string;
  text: string;
  /** The text without its fenced blocks. */
  prose: string;
  blocks: Block[];
}

const FENCE = /^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm;

function readPage(path: string): Page {
  const text = readFileSync(path, 'utf8');
  const blocks = [...text.matchAll(FENCE)].map(({ 1: language = '', 2: kind = '', 3: inside = '', index }) => ({
    page: path,
    line: text.slice(0, index).split('\n').length + 1,
    language,
    kind,
    text: inside,
  }));
  return { path, text, prose: text.replace(FENCE, ''), blocks };
}

/** The documents of the project, the README first. */
export const PAGES: Page[] = [
  'README.md',
  ...readdirSync('src/docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `src/docs/${name}`),
].map(readPage);

export const placeOf = ({ page, line }: Block): string => `${page}, line ${line}`;

export function pageNamed(name: string): Page {
  const page = PAGES.find(({ path }) => path.endsWith(name));
  if (!page) throw new Error(`There is no page ${name}.`);
  return page;
}

/** The rows of every table of a page whose first column has this heading, each as the text of its cells. */
export function rowsUnder(page: Page, heading: string): string[][] {
  const rows = page.prose.split('\n').map(cellsOf);
  return rows.flatMap((cells, at) => {
    if (cells[0] !== heading) return [];
    const body = rows.slice(at + 2);
    const end = body.findIndex(({ length }) => length === 0);
    return end < 0 ? body : body.slice(0, end);
  });
}

const cellsOf = (line: string): string[] =>
  line.startsWith('|')
    ? line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim())
    : [];

/** The words in backticks of a cell. */
export const namesIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
