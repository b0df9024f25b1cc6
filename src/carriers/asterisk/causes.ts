import type { EndCause } from '../../contracts/carrier.ts';

/** Q.850 causes, as Asterisk reports them. A cause that is not here is a failure of the network. */
const CAUSES: Record<number, EndCause> = {
  0: 'normal', // a BYE without a Reason header
  1: 'unallocated',
  2: 'congestion', // no route to transit network
  3: 'congestion', // no route to destination
  16: 'normal',
  17: 'busy',
  18: 'no-answer', // nobody responds; SIP 408
  19: 'no-answer', // rings, nobody answers; SIP 480
  20: 'no-answer', // subscriber absent
  21: 'rejected', // SIP 603 and 403
  22: 'unallocated', // number changed
  26: 'no-answer', // answered elsewhere
  27: 'congestion', // destination out of order; SIP 502
  28: 'unallocated', // incomplete or invalid number; SIP 484
  31: 'normal', // normal, unspecified
  34: 'congestion', // SIP 503
  38: 'network-failure',
  41: 'congestion',
  42: 'congestion',
  44: 'congestion',
  102: 'no-answer', // timer expired; SIP 504
  127: 'normal', // interworking: a caller who gave up
};

export const causeOf = (q850: number): EndCause => CAUSES[q850] ?? 'network-failure';

/** Causes with which a trunk could not place the call and another one might, because no phone has rung. */
const FAILOVER_CAUSES = new Set([2, 3, 18, 27, 34, 38, 41, 42, 44, 58, 102]);

export const mayTryAnotherTrunk = (q850: number): boolean => FAILOVER_CAUSES.has(q850);
