import { type Row, renamed, type Upgrades, within, withinEach } from '../../lib/upgrades.ts';
import { withSsmlMarked } from '../../speech/upgrade-markup.ts';

/** Release 05a1f9a knew no bridges: gives its legs the fields of a leg that has heard nothing yet. */
const withWhatOlderReleasesLack = (endpoint: Row): Row =>
  within(endpoint, 'leg', (leg) => ({ sounds: [], stays: [], notes: [], noted: 0, ...leg }));

const LEG_FIELDS = {
  plan: 'scheduled',
  patient: 'digitsAfterPrompt',
  granted: 'timeGrant',
  free: 'freeRunSpeed',
  part: 'membership',
  speaks: 'isSpeaking',
  stays: 'bridgeStays',
  voice: 'pitch',
  pressed: 'pressedKeys',
  notes: 'bridgeUpdates',
  noted: 'bridgeUpdatesMade',
};
const BRIDGE_FIELDS = { plan: 'scheduled', noted: 'lastUpdates' };
const PRESENCE_FIELDS = { silent: 'isSilent', voice: 'pitch' };
const RECORDER_FIELDS = {
  is: 'state',
  from: 'startedAt',
  stretches: 'spans',
  silence: 'silenceSeconds',
  hasTold: 'silenceReported',
  listensFrom: 'listeningSince',
};

const withRecordersInFieldWords = (row: Row): Row =>
  withinEach(row, 'recorders', (recorder) => renamed(recorder, RECORDER_FIELDS));

function legInFieldWords(leg: Row): Row {
  const named = renamed({ ...leg, status: leg.status === 'over' ? 'ended' : leg.status }, LEG_FIELDS);
  const updated = withinEach(named, 'bridgeUpdates', (update) => renamed(update, PRESENCE_FIELDS));
  return withRecordersInFieldWords(updated);
}

function bridgeInFieldWords(bridge: Row): Row {
  const named = renamed(bridge, BRIDGE_FIELDS);
  return withRecordersInFieldWords(withinEach(named, 'presences', (it) => renamed(it, PRESENCE_FIELDS)));
}

/** Releases up to 64f997c had words of their own for what the field has names for. */
function inFieldWords(endpoint: Row): Row {
  const named = renamed(endpoint, { unheard: 'undelivered', mixing: 'bridge' });
  return within(within(named, 'leg', legInFieldWords), 'bridge', bridgeInFieldWords);
}

export const endpointUpgrades: Upgrades = [withWhatOlderReleasesLack, inFieldWords, withSsmlMarked];
