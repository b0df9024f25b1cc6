const HEADER_BYTES = 44;

/** The samples of a WAV of 16 bits with the plain header, also of one that is still being written. */
export const samplesOf = (wav: Buffer): Int16Array =>
  Int16Array.from({ length: Math.max(0, wav.length - HEADER_BYTES) >> 1 }, (_, at) =>
    wav.readInt16LE(HEADER_BYTES + 2 * at),
  );

/** The samples of each channel; of a mono file, twice the same. */
export function channelsOf(wav: Buffer): [Int16Array, Int16Array] {
  const count = wav.readUInt16LE(22);
  const samples = samplesOf(wav);
  const every = (offset: number) => samples.filter((_, at) => at % count === offset);
  return [every(0), every(count - 1)];
}
