import { describe, expect, it } from 'vitest';
import {
  finishedWhisperChannel,
  originateRequest,
  playRequests,
} from '../../../src/carriers/asterisk/channel-requests.ts';
import { newGatewayLeg } from '../../../src/carriers/asterisk/leg.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ID = newId('CA', NOW);
const leg = { ...newGatewayLeg(ID, NOW), status: 'up' as const };
const FROM = '+31851234567';

describe('the request that dials', () => {
  it.each(['x', '+49,1', '+49@evil', '+49&PJSIP/1', '', '+49 30', '$(id)'])(
    'is never made for %j, which is no number',
    (to) => expect(originateRequest(leg, to, FROM, 'phones')).toBeUndefined(),
  );

  it.each(['sip:a@b;x=y', 'sip:a&SIP/b@c', 'sip:a,b@c', 'sip:a@b/c', 'sip:@b'])(
    'is never made for %j, which is no SIP address',
    (to) => expect(originateRequest(leg, to, FROM, 'phones')).toBeUndefined(),
  );

  it('is never made for what is no trunk', () => {
    expect(originateRequest(leg, '+493023125100', FROM, 'a@b')).toBeUndefined();
  });

  it('names the number or the SIP address, the trunk, and the channel', () => {
    expect(originateRequest(leg, '+493023125100', FROM, 'phones')?.query).toMatchObject({
      endpoint: 'PJSIP/+493023125100@phones',
      channelId: ID,
    });
    expect(originateRequest(leg, 'sip:reception@pbx.example.com:5061', FROM, 'phones')?.query).toMatchObject({
      endpoint: 'PJSIP/phones/sip:reception@pbx.example.com:5061',
    });
  });
});

describe('the requests for a playback', () => {
  it('ask for audio and keys in order, and give the first part the name that the call gave the playback', () => {
    const { requests, playback } = playRequests(leg, 'p', [
      { media: ['u1', 'u2'] },
      { keys: '1w2' },
      { media: ['u3'] },
    ]);
    expect(requests.map(({ uri, query }) => [uri.split('/').at(-1), query?.media ?? query?.dtmf])).toEqual([
      ['play', 'sound:u1,sound:u2'],
      ['dtmf', '1'],
      ['dtmf', '2'],
      ['play', 'sound:u3'],
    ]);
    expect(playback).toEqual({ id: 'p', parts: ['p', 'p.1'] });
  });
});

describe('the channel that whispers a playback to a leg', () => {
  const playback = `${ID}-1`;
  const hearing = { ...leg, playback: { id: playback, parts: [playback, `${playback}.1`] } };
  const finished = (id: string, channel = playback) => ({ id, target_uri: `channel:${channel}` });

  it('is finished with the last part, and at once when the leg hears something else by now', () => {
    expect(finishedWhisperChannel(hearing, finished(playback))).toBeUndefined();
    expect(finishedWhisperChannel(hearing, finished(`${playback}.1`))).toBe(playback);
    expect(finishedWhisperChannel(leg, finished(playback))).toBe(playback);
  });

  it('does not exist for what was played on the leg itself, or to a whole bridge', () => {
    expect(finishedWhisperChannel(hearing, finished(`${playback}.1`, ID))).toBeUndefined();
    expect(finishedWhisperChannel(hearing, { id: 'CF0-1-1', target_uri: 'bridge:CF0-1' })).toBeUndefined();
  });
});
