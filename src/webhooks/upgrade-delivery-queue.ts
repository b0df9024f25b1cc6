import { type Row, renamed, within } from '../lib/upgrades.ts';

/** Upgrades the row of an object with notifications: its mailbox, which had a lane, becomes a queue that is a lane. */
export const mailboxToDeliveries = (row: Row): Row =>
  within(renamed(row, { mailbox: 'deliveries' }), 'deliveries', ({ lane, ...rest }) => ({ ...rest, ...(lane as Row) }));
