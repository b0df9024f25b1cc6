// SPDX-License-Identifier: GPL-3.0-or-later
import start, { type Module, type Worker } from './generated/engine.mjs';
import { dictionaryOf, type EspeakVoice } from './languages.ts';

/** Reads one of the files that `build.mjs` packed, by its name without `.bin`. */
export type Load = (name: string) => Promise<ArrayBuffer>;

/** `speed` and `pitch` are factors: 1 is the voice as it is. */
export type Utterance = { text: string; voice: EspeakVoice; speed: number; pitch: number };

type Engine = { module: Module; worker: Worker; dictionaries: Set<string>; broken: boolean };

/** The sample rate of everything that eSpeak NG says. */
export const ENGINE_RATE = 22_050;

const DATA = '/usr/share/espeak-ng-data';
const WORDS_PER_MINUTE = 175;

let starting: Promise<Engine> | undefined;

/** Speaks plain text. Anything in it that looks like markup or phonemes is read character by character. */
export async function speak(utterance: Utterance, load: Load): Promise<Int16Array> {
  const engine = await runningEngine(load);
  await learn(engine, dictionaryOf(utterance.voice), load);
  // Another request may have broken the engine while this one was reading.
  if (engine.broken) return speak(utterance, load);
  try {
    // No await may come in here: voice and rate belong to the one engine that all requests of this isolate share.
    return synthesise(engine, utterance);
  } catch (error) {
    // After a throw the engine's memory may be in any state.
    engine.broken = true;
    starting = undefined;
    throw error;
  }
}

/**
 * Every request reads the files that it misses by itself. To wait for another request's read would be cheaper, and would hang for
 * good when that request is cancelled half-way. Only the start is shared: it takes no I/O, just a few microtasks.
 */
async function runningEngine(load: Load): Promise<Engine> {
  if (!starting) {
    const core = await load('core');
    starting ??= boot(core).catch((error) => {
      starting = undefined;
      throw error;
    });
  }
  return starting;
}

async function learn({ module, dictionaries }: Engine, name: string, load: Load): Promise<void> {
  if (dictionaries.has(name)) return;
  const words = await load(name);
  module.FS.writeFile(`${DATA}/${name}_dict`, new Uint8Array(words), { canOwn: true });
  dictionaries.add(name);
}

async function boot(core: ArrayBuffer): Promise<Engine> {
  const module = await start({ print() {}, printErr() {} });
  const indexLength = new DataView(core).getUint32(0, true);
  const index: { name: string; offset: number; length: number }[] = JSON.parse(
    new TextDecoder().decode(new Uint8Array(core, 4, indexLength)),
  );
  for (const { name, offset, length } of index) {
    const path = `${DATA}/${name}`;
    module.FS.mkdirTree(path.slice(0, path.lastIndexOf('/')));
    module.FS.writeFile(path, new Uint8Array(core, 4 + indexLength + offset, length), { canOwn: true });
  }
  // The engine lists this folder of voice variants before it looks for a language.
  module.FS.mkdirTree(`${DATA}/voices/!v`);
  return { module, worker: new module.eSpeakNGWorker(), dictionaries: new Set(), broken: false };
}

function synthesise({ worker }: Engine, { text, voice, speed, pitch }: Utterance): Int16Array {
  const refused = worker.set_voice(voice);
  // Without this check, the request would be spoken in the language of the one before.
  if (refused) throw new Error(`eSpeak NG has no voice ${voice} (code ${refused})`);
  worker.set_rate(Math.round(WORDS_PER_MINUTE * speed));
  // The engine's pitches 0, 50 and 100 are an octave apart.
  worker.set_pitch(Math.round(50 + 50 * Math.log2(pitch)));
  const pieces: Int16Array[] = [];
  worker.synthesize(asPlainText(text), (samples) => {
    if (samples?.length) pieces.push(samples);
    return false;
  });
  return join(pieces);
}

/** This build of the engine always reads SSML, `[[phonemes]]` and commands behind control and private-use characters. */
function asPlainText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Co}\p{Noncharacter_Code_Point}]/gu, (character) => (character === '\n' ? '\n' : ' '))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('[', '[ ');
}

function join(pieces: Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
