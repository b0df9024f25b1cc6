/**
 * A bridge is named after its owner, with a suffix; a leg has the id of its call, which has no hyphen. No id is used
 * twice: Asterisk must never be asked for a bridge that it has just deleted.
 */

/** The bridge of a call's `dial`-th dial, counted from 1. */
export const dialBridgeId = (call: string, dial: number): string => `${call}-d${dial}`;

/** The bridge of a conference; its generation grows whenever a bridge that everybody has left is replaced. */
export const conferenceBridgeId = (conference: string, generation: number): string => `${conference}-${generation}`;

/** Whether commands for this id go to a bridge, and not to a leg. */
export const isBridge = (id: string): boolean => id.includes('-');

/** The call or conference that owns a bridge. */
export const bridgeOwner = (bridge: string): string => bridge.split('-', 1)[0] ?? '';
