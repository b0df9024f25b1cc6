import type { Result } from '../lib/result.ts';
import type { CallFacts, CallRefusal } from './call.ts';
import type { Carrier, LegEvent } from './carrier.ts';
import type { ConferenceMessage, NewConference, ParticipantEvent, RemovalReason } from './conference.ts';
import type { Attempt, Delivery } from './delivery.ts';
import type { Scope } from './scope.ts';

/**
 * What domains ask of each other's Durable Objects. A domain's own routes ask more of their object: `calls/rpc.ts` and its
 * like extend these.
 */

/** The side of a Durable Object as others see it: every method answers with a promise of a copy. */
export type Stub<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : never;
};

/** An object whose notifications the consumer of the queue delivers: a call, a conference or a recording. */
export interface DeliveryOwner {
  /** The oldest undelivered notification, for a consumer that has nothing in hand; undefined when there is none. */
  nextDelivery(): Delivery | undefined;
  /** Takes the report of an attempt and answers with the next notification, if one is to be delivered now. */
  reportDelivery(id: string, attempt: Attempt): Delivery | undefined;
}

/** An object that records: it ends every recording that runs under a consent which was withdrawn. */
export interface ConsentHolder {
  /** Resolves once the change is committed and the network was told. Repeating it changes nothing. */
  consentWithdrawn(consent: string): Promise<void>;
}

/** An object whose retention can be over. */
export interface Forgettable {
  /** Removes everything about it. False where it must stay. Repeating it changes nothing. */
  forget(): Promise<boolean>;
}

export interface CallRpc extends DeliveryOwner, ConsentHolder, Forgettable {
  facts(scope: Scope): Result<CallFacts, CallRefusal>;
  /** What the network reports about the call's leg, in order. Resolves once it is committed. */
  legEvents(events: LegEvent[]): Promise<void>;
  /** What the conference that the call is in asks of it. Resolves once it is committed. */
  conferenceMessage(message: ConferenceMessage): Promise<void>;
  isInConference(stay: number): boolean;
}

export interface ConferenceRpc extends DeliveryOwner, ConsentHolder, Forgettable {
  /** Lets a call in; with `founding`, the conference is made if it does not exist. */
  enter(
    event: Extract<ParticipantEvent, { type: 'participant.entered' }>,
    scope: Scope,
    founding?: NewConference,
  ): Promise<Result<undefined, RemovalReason>>;
  /** What calls report of their stay. Resolves once it is committed. */
  participantEvent(event: ParticipantEvent): Promise<void>;
  /** What the network reports about the conference's bridge. */
  legEvents(bridge: string, events: LegEvent[]): Promise<void>;
}

export interface ConferenceNameRpc {
  /** The conference of this name: `conference`, if there is none yet, or if the known one is `over`. */
  claim(conference: string, over?: string): string;
  /** The newest conference that is created by API takes the name. */
  take(conference: string): void;
  forget(conference: string): Promise<void>;
}

/** A leg or a bridge of the simulated network. */
export interface SimulatedRpc extends Carrier {
  forget(): Promise<void>;
}
