/** A bridge is named after the call or conference that owns it, with a suffix; a leg has the id of its call. */
export const isBridge = (id: string): boolean => id.includes('-');
