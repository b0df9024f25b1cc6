/** Writes WAV files of any kind, right or wrong, that the decoder is tried on. */
export type WavPlan = {
  code?: number;
  bits?: number;
  channels?: number;
  rate?: number;
  data: Uint8Array;
  /** The length that the header of the data claims, if not the true one. */
  claimed?: number;
  /** Chunks before the format. */
  before?: Uint8Array[];
  extensible?: boolean;
};

export function wavBytes({ code = 1, bits = 16, channels = 1, rate = 8000, data, ...plan }: WavPlan): Uint8Array {
  const format = new DataView(new ArrayBuffer(plan.extensible ? 40 : 16));
  format.setUint16(0, plan.extensible ? 0xfffe : code, true);
  format.setUint16(2, channels, true);
  format.setUint32(4, rate, true);
  format.setUint32(8, (rate * channels * bits) / 8, true);
  format.setUint16(12, (channels * bits) / 8, true);
  format.setUint16(14, bits, true);
  if (plan.extensible) format.setUint16(24, code, true);
  const body = [
    ...(plan.before ?? []),
    chunk('fmt ', new Uint8Array(format.buffer)),
    chunk('data', data, plan.claimed),
  ];
  const inner = concat([ascii('WAVE'), ...body]);
  return concat([ascii('RIFF'), uint32(inner.length), inner]);
}

export function chunk(tag: string, data: Uint8Array, claimed = data.length): Uint8Array {
  return concat([ascii(tag), uint32(claimed), data, new Uint8Array(data.length % 2)]);
}

export function tone({ hz = 440, rate = 8000, seconds = 0.5, level = 0.5 } = {}): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, i) => level * Math.sin((2 * Math.PI * hz * i) / rate));
}

export function int16Bytes(samples: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Int16Array.from(samples, (sample) => Math.round(sample * 32_767)).buffer);
}

/** The root mean square, of samples of any scale. */
export function energy(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] as number) ** 2;
  return Math.sqrt(sum / samples.length);
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function concat(parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
