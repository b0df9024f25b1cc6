import { type Row, type Upgrades, within } from '../../lib/upgrades.ts';

/** Of a leg as 05a1f9a stored it: the fields that this release did not know, as a leg has them that has heard nothing yet. */
const withWhatOlderReleasesLack = (endpoint: Row): Row =>
  within(endpoint, 'leg', (leg) => ({ sounds: [], stays: [], notes: [], noted: 0, ...leg }));

export const endpointUpgrades: Upgrades = [withWhatOlderReleasesLack];
