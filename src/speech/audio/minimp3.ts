// Only bundlers and workerd can import WebAssembly, so this file alone does: all others are given the module.
export { default as minimp3 } from 'minimp3-wasm/dist/decoder.opt.wasm';
