/** Each member of a union without these fields. `Omit` itself would leave the fields only that all members have. */
export type OmitFromEach<Union, Fields extends PropertyKey> = Union extends unknown ? Omit<Union, Fields> : never;
