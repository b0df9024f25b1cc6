import type { StoredPart } from './recording.ts';

/** A stretch of a file, in bytes. */
export interface Range {
  offset: number;
  length: number;
}

/**
 * What a Range header asks for, of a file of `size` bytes (RFC 9110, 14.2). Undefined: the whole file, also for what we do
 * not understand or do not do (several ranges at once), as the RFC allows.
 */
export function parseRange(header: string | null, size: number): Range | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})$/i.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length };
  }
  const offset = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < offset) return undefined;
  return offset >= size ? 'unsatisfiable' : { offset, length: end - offset + 1 };
}

/** Where the bytes of a stretch are: of each piece that holds some of them, its number from 1, and the stretch in it. */
export function slicesOf(parts: StoredPart[], { offset, length }: Range): ({ n: number } & Range)[] {
  let before = 0;
  return parts.flatMap(({ bytes }, index) => {
    const from = Math.max(0, offset - before);
    const to = Math.min(bytes, offset + length - before);
    before += bytes;
    return from < to ? [{ n: index + 1, offset: from, length: to - from }] : [];
  });
}
