import type { Mode } from '../carriers/carrier.ts';

export const CONFERENCE_STATUSES = ['init', 'in-progress', 'completed'] as const;
export type ConferenceStatus = (typeof CONFERENCE_STATUSES)[number];

export interface Conference {
  id: string;
  accountId: string;
  mode: Mode;
  friendlyName: string | null;
  status: ConferenceStatus;
  maxParticipants: number;
  participantCount: number;
  /** Epoch milliseconds. */
  createdAt: number;
}
