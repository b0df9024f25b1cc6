declare module '*.wasm' {
  const module: WebAssembly.Module;
  // biome-ignore lint/style/noDefaultExport: how wrangler's bundler exports it.
  export default module;
}
