// autocannon comes without types; only what the benchmark uses.
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  interface Options {
    url: string;
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    connections: number;
    /** Seconds. */
    duration: number;
    maxOverallRequests: number;
  }

  interface Result {
    '2xx': number;
    non2xx: number;
    errors: number;
  }

  // biome-ignore lint/style/noDefaultExport: that is how it comes
  export default function autocannon(options: Options): EventEmitter & Promise<Result>;
}
