/** The same object without the keys whose value is undefined: what is not known is left out. */
export type Defined<Values> = {
  [Key in keyof Values as undefined extends Values[Key] ? never : Key]: Values[Key];
} & {
  [Key in keyof Values as undefined extends Values[Key] ? Key : never]?: Exclude<Values[Key], undefined>;
};

/**
 * Drops the keys whose value is undefined. A key that is there with nothing in it would overwrite what it is spread
 * over, and would be listed by `Object.keys`.
 */
export const defined = <Values extends object>(values: Values): Defined<Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<Values>;
