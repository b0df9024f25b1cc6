// The product with a door for recordings: the entry that an hour-long one is measured with.
export * from '../support/recorder.ts';
export { default } from '../support/recorder.ts';
