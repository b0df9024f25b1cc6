// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * The part of the module of `build.mjs` that is used. It is declared by pattern, so that types
 * can be checked before anything is built.
 */
declare module '*/generated/engine.mjs' {
  export interface Worker {
    /** Returns 0, or an error after which the voice of before stays in place. */
    set_voice(name: string): number;
    set_rate(wordsPerMinute: number): void;
    set_pitch(pitch: number): void;
    /** Calls back with every piece of audio, in order, before it returns. True from the callback stops it. */
    synthesize(text: string, onAudio: (samples: Int16Array | undefined) => boolean): void;
  }
  export interface Module {
    FS: {
      mkdirTree(path: string): void;
      writeFile(path: string, bytes: Uint8Array, options: { canOwn: boolean }): void;
    };
    eSpeakNGWorker: new () => Worker;
  }
  // biome-ignore lint/style/noDefaultExport: the generated module exports so.
  export default function start(options: { print(): void; printErr(): void }): Promise<Module>;
}
