import { evidenceId } from '../../consents/consent.ts';
import { mayRecord, type RecordingPermission, type RecordingVerdict } from '../../consents/policy.ts';
import { type ConsentOnFile, NOTHING_ON_FILE, type Party } from '../../contracts/consent.ts';
import { defined } from '../../lib/defined.ts';
import { type Call, otherParty } from '../call.ts';

/** The party of this call itself. What the party answered in the call counts more than what is on file. */
export function ownParty(call: Call): Party {
  const number = otherParty(call);
  const filed = filedUnder(number, consentOnFile(call));
  const known = number === undefined ? {} : { number };
  const { consent } = call;
  if (consent?.is === 'given' || consent?.is === 'refused') {
    return { ...known, consent: consent.is, ...defined({ evidence: consent.evidence }) };
  }
  if (filed) return { ...known, ...filed };
  if (!consent) return { ...known, consent: 'none' };
  return { ...known, consent: consent.is, ...defined({ evidence: consent.evidence }) };
}

/** Everyone whose consent matters: the call's party first, then the account's own number for its country, and the partner. */
export function partiesOf(call: Call): Party[] {
  const { direction, from, to, activity } = call;
  const own: Party = { number: direction === 'inbound' ? to : from, consent: 'on-file' };
  const partner = activity?.connectedAt === undefined ? undefined : activity.partner;
  // A party without a number is under the strictest policy: it stands for those whom the call does not know.
  const others: Party[] = activity?.recordedUnder === 'all_party_opt_in' ? [{ consent: 'on-file' }] : [];
  return [ownParty(call), own, ...(partner ? [withFiledConsent(partner, consentOnFile(call))] : []), ...others];
}

/** The call once everybody on its line was looked up: a partner who was on file may have withdrawn since, or agreed anew. */
export function withConsentOnFile(call: Call, found: ConsentOnFile): Call {
  const { activity } = call;
  const { number, consent } = activity?.partner ?? {};
  if (!activity || consent !== 'on-file') return { ...call, consentOnFile: found };
  const unfiled: Party = { ...defined({ number }), consent: 'none' };
  return { ...call, consentOnFile: found, activity: { ...activity, partner: withFiledConsent(unfiled, found) } };
}

/** The partner's consent on file may have become known after the two were connected. */
const withFiledConsent = (party: Party, known: ConsentOnFile): Party =>
  party.consent === 'none' ? { ...party, ...filedUnder(party.number, known) } : party;

function filedUnder(
  number: string | undefined,
  { onFile, until }: ConsentOnFile,
): Pick<Party, 'consent' | 'evidence' | 'until'> | undefined {
  const evidence = number === undefined ? undefined : onFile[number];
  return evidence === undefined
    ? undefined
    : { consent: 'on-file', evidence, ...defined({ until: until?.[evidence] }) };
}

/** The numbers to look up before the line as it is may be recorded. */
export const numbersOn = (call: Call): string[] =>
  partiesOf(call).flatMap(({ number }) => (number === undefined ? [] : [number]));

export const permissionFor = (call: Call): RecordingPermission =>
  mayRecord(partiesOf(call), consentOnFile(call).policies);

/** What must happen with the call's party before it may be recorded. */
export const ownVerdict = (call: Call): RecordingVerdict => permissionFor(call).parties[0] ?? 'ask';

export const evidenceOf = (call: Call): string[] =>
  partiesOf(call).flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence]));

const consentOnFile = ({ consentOnFile }: Call): ConsentOnFile => consentOnFile ?? NOTHING_ON_FILE;

/** The ids of all evidence of what the party was asked, or told, in this call. */
export const evidenceIdsOf = ({ id, questions }: Call): string[] =>
  Array.from({ length: questions }, (_, at) => evidenceId(id, at + 1));
