import { readFileSync } from 'node:fs';

const bytes = readFileSync('node_modules/minimp3-wasm/dist/decoder.opt.wasm');

/** The decoder's module, as workerd would hand it over. Workerd's types know no constructor, since workerd has none. */
export const minimp3: WebAssembly.Module = Reflect.construct(WebAssembly.Module, [bytes]);
