/** The decoders of workerd are others than those of Node: the same sentences are true of both. */
import './encoding.test.ts';
