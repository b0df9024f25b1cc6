import { type Row, renamed, within } from '../lib/upgrades.ts';

/** The row of an object with notifications: its mailbox, in which the lane was a field, became a queue that is a lane. */
export const mailboxToDeliveries = (row: Row): Row =>
  within(renamed(row, { mailbox: 'deliveries' }), 'deliveries', ({ lane, ...rest }) => ({ ...rest, ...(lane as Row) }));
