// The one impure file here: only bundlers and workerd can import WebAssembly. All others are given the module.
export { default as minimp3 } from 'minimp3-wasm/dist/decoder.opt.wasm';
