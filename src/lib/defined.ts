/** An object in which each key whose value may be `Nothing` may be absent instead. */
export type Without<Nothing, Values> = {
  [Key in keyof Values as Nothing extends Values[Key] ? never : Key]: Values[Key];
} & {
  [Key in keyof Values as Nothing extends Values[Key] ? Key : never]?: Exclude<Values[Key], Nothing>;
};

/**
 * Drops the keys whose value is undefined. A key that is there with nothing in it would overwrite what it is spread
 * over, and would be listed by `Object.keys`.
 */
export const defined = <Values extends object>(values: Values): Without<undefined, Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Without<undefined, Values>;
