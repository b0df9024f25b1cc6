/** The text, or its beginning and its end where it is longer than `most` characters: what others wrote is quoted, and kept, only so far. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  // A cut may go through a character that is written as two.
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`.toWellFormed();
}
