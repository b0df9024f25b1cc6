import { evidenceId } from '../../consents/consent.ts';
import { mayRecord, type RecordingPermission, type RecordingVerdict } from '../../consents/policy.ts';
import type { ConsentOnFile } from '../../contracts/consent.ts';
import { NOTHING_ON_FILE, type Party } from '../../contracts/consent.ts';
import { defined } from '../../lib/defined.ts';
import { type Call, otherParty } from '../call.ts';

/** The party of this call itself. What it said in the call counts more than what is on file. */
export function ownParty(call: Call): Party {
  const number = otherParty(call);
  const { onFile } = consentOnFile(call);
  const filed = number === undefined ? undefined : onFile[number];
  const known = number === undefined ? {} : { number };
  const { consent } = call;
  if (consent?.is === 'given' || consent?.is === 'refused') {
    return { ...known, consent: consent.is, ...defined({ evidence: consent.evidence }) };
  }
  if (filed !== undefined) return { ...known, consent: 'on-file', evidence: filed };
  if (!consent) return { ...known, consent: 'none' };
  return { ...known, consent: consent.is, ...defined({ evidence: consent.evidence }) };
}

/** Everyone whose consent matters, this call's party first: who talks with it, and the account's own number, for its country. */
export function partiesOf(call: Call): Party[] {
  const { direction, from, to, activity } = call;
  const own: Party = { number: direction === 'inbound' ? to : from, consent: 'on-file' };
  const partner = activity?.connectedAt === undefined ? undefined : activity.partner;
  // Whoever is of no country is under the strictest policy: so is who is to meet somebody that is.
  const others: Party[] = activity?.recordedUnder === 'all_party_opt_in' ? [{ consent: 'on-file' }] : [];
  return [ownParty(call), own, ...(partner ? [filed(partner, consentOnFile(call))] : []), ...others];
}

/** A consent on file may have become known after the party was connected. */
function filed(party: Party, { onFile }: ConsentOnFile): Party {
  const evidence = party.number === undefined ? undefined : onFile[party.number];
  return party.consent === 'none' && evidence !== undefined ? { ...party, consent: 'on-file', evidence } : party;
}

/** Whom to look up when the line as it is shall be recorded. */
export const numbersOn = (call: Call): string[] =>
  partiesOf(call).flatMap(({ number }) => (number === undefined ? [] : [number]));

export const permissionFor = (call: Call): RecordingPermission =>
  mayRecord(partiesOf(call), consentOnFile(call).policies);

/** What must happen with this call's party before it may be recorded. */
export const ownVerdict = (call: Call): RecordingVerdict => permissionFor(call).parties[0] ?? 'ask';

export const evidenceOf = (call: Call): string[] =>
  partiesOf(call).flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence]));

const consentOnFile = ({ consentOnFile }: Call): ConsentOnFile => consentOnFile ?? NOTHING_ON_FILE;

/** Of everything that its party was asked, or told, in this call. */
export const evidenceIdsOf = ({ id, questions }: Call): string[] =>
  Array.from({ length: questions }, (_, at) => evidenceId(id, at + 1));
