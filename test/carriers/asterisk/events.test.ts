import { describe, expect, it } from 'vitest';
import {
  applyAriEvent,
  inboundCallFrom,
  isAbandonedAnswer,
  machineDetectionFrom,
  parseAriMessage,
} from '../../../src/carriers/asterisk/events.ts';
import { type GatewayLeg, inboundLeg, newGatewayLeg, withNewChannel } from '../../../src/carriers/asterisk/leg.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ID = newId('CA', NOW);
const channel = { id: ID, state: 'Up' };
const leg = (change: Partial<GatewayLeg> = {}): GatewayLeg => ({ ...newGatewayLeg(ID, NOW), status: 'up', ...change });
const fromOutside = inboundLeg(ID, '1.2', 'phones', NOW);

describe('a frame of the socket', () => {
  it.each(['', '{', 'null', '[]', '1', '{"type":5}', '{"type":"RESTResponse","request_id":1}'])(
    'is ignored when it is %s, which Asterisk never sends',
    (text) => expect(parseAriMessage(text)).toBeUndefined(),
  );

  it.each([
    { type: 'PlaybackFinished', playback: { id: 'x', target_uri: 7 } },
    { type: 'ChannelDtmfReceived', digit: { a: 1 }, channel: { id: ID } },
    { type: 'StasisStart', args: ['inbound', 31], channel: { id: ID } },
    { type: 'StasisStart', args: 'inbound', channel: { id: ID } },
    { type: 'ChannelDestroyed', cause: '16', channel: { id: ID } },
    { type: 'ChannelStateChange', channel: ID },
    { type: 'ChannelStateChange', channel: { id: ID, caller: null } },
    { type: 'ChannelDtmfReceived', digit: '55', channel: { id: ID } },
    { type: 'ChannelDestroyed', cause: 16.5, channel: { id: ID } },
    { type: 'StasisStart', args: ['inbound', '+31'], channel: { id: '../bridges/x' } },
    { type: 'StasisStart', args: ['machine'], channel: { id: `amd-${ID}/../..` } },
    { type: 'StasisStart', args: ['machine'], channel: { id: `amd-${ID}?reason=busy` } },
    { type: 'StasisStart', args: ['inbound', '+31'], channel: { id: '..' } },
    { type: 'StasisStart', args: ['inbound', '+31'], channel: { id: '' } },
    { type: 'StasisStart', args: ['inbound', '+31'], channel: { id: 'x'.repeat(200) } },
    { type: 'PlaybackFinished', playback: { id: 'CA1-1/../../applications', state: 'done' } },
    { type: 'PlaybackFinished', playback: { id: 'CA1-1', state: 'done', target_uri: 'channel:../x' } },
    { type: 'StasisStart', args: ['inbound', '1'.repeat(70_000)], channel: { id: '1.2' } },
  ])('is ignored when it is an event of a form that Asterisk never gives it: %o', (frame) =>
    expect(parseAriMessage(JSON.stringify(frame))).toBeUndefined(),
  );
});

describe('a leg', () => {
  it('that we dialled is answered when Asterisk takes commands for it, one that came in when its channel is up', () => {
    const dialing = leg({ status: 'dialing' });
    const answered = [{ type: 'leg.answered' }];
    expect(applyAriEvent(dialing, { type: 'ChannelStateChange', channel }, NOW).facts).toEqual([]);
    expect(applyAriEvent(dialing, { type: 'StasisStart', channel }, NOW).facts).toEqual(answered);
    expect(applyAriEvent(fromOutside, { type: 'ChannelStateChange', channel }, NOW).facts).toEqual(answered);
  });

  it.each([
    ['(g722)', true],
    ['(g722|alaw)', true],
    ['(alaw|ulaw|g722)', undefined],
    ['(g7221)', undefined],
    [undefined, undefined],
  ])('that is answered with the codecs %s is wideband: %s', (codecs, wideband) => {
    const variables = { channelvars: { 'CHANNEL(audionativeformat)': codecs ?? '' } };
    const agreed = { ...channel, ...(codecs !== undefined && variables) };
    const ringing = leg({ status: 'ringing' });
    expect(applyAriEvent(ringing, { type: 'StasisStart', channel: agreed }, NOW).leg.wideband).toBe(wideband);
    const change = { type: 'ChannelStateChange', channel: agreed };
    expect(applyAriEvent(fromOutside, change, NOW).leg.wideband).toBe(wideband);
  });

  it('hears a playback until its last part has ended, and reports a part that the gateway could not play', () => {
    const hearing = leg({ playback: { id: 'p', parts: ['p', 'p.1'] } });
    const finished = (id: string, state = 'done') =>
      applyAriEvent(hearing, { type: 'PlaybackFinished', playback: { id, state } }, NOW).facts.map(({ type }) => type);
    expect(finished('p')).toEqual([]);
    expect(finished('p.1')).toEqual(['leg.playback-ended']);
    expect(finished('p.1', 'failed')).toEqual(['leg.prompt-failed', 'leg.playback-ended']);
    expect(finished('other')).toEqual([]);
  });

  it('has not heard a playback of which any part could not be played, the last or another', () => {
    const hearing = leg({ playback: { id: 'p', parts: ['p', 'p.1'] } });
    const finish = (it: GatewayLeg, id: string, state: string) =>
      applyAriEvent(it, { type: 'PlaybackFinished', playback: { id, state } }, NOW);
    const ended = { type: 'leg.playback-ended', playback: 'p' };
    expect(finish(finish(hearing, 'p', 'done').leg, 'p.1', 'done').facts).toEqual([ended]);
    expect(finish(finish(hearing, 'p', 'failed').leg, 'p.1', 'done').facts).toEqual([{ ...ended, unheard: true }]);
    expect(finish(finish(hearing, 'p', 'done').leg, 'p.1', 'failed').facts.at(-1)).toEqual({ ...ended, unheard: true });
  });

  it('that is carried by another gateway, or is a bridge, does not end by what is said of it here', () => {
    const destroyed = { type: 'ChannelDestroyed', cause: 16, channel };
    for (const status of ['moved', 'bridge'] as const) {
      expect(applyAriEvent(leg({ status }), destroyed, NOW), status).toEqual({ leg: leg({ status }), facts: [] });
    }
  });

  it('speaks only while it is up', () => {
    const talking = { type: 'ChannelTalkingStarted', channel };
    expect(applyAriEvent(leg(), talking, NOW).facts).toEqual([{ type: 'leg.talking', talking: true }]);
    for (const status of ['new', 'dialing', 'ringing', 'moved', 'ended', 'bridge'] as const) {
      expect(applyAriEvent(leg({ status }), talking, NOW).facts, status).toEqual([]);
    }
  });

  it('ends once', () => {
    const destroyed = { type: 'ChannelDestroyed', cause: 16, channel };
    const { leg: ended, facts } = applyAriEvent(leg(), destroyed, NOW);
    expect(facts).toEqual([{ type: 'leg.ended', cause: 'normal' }]);
    expect(applyAriEvent(ended, destroyed, NOW).facts).toEqual([]);
  });
});

it('a caller who hides the number has none', () => {
  const event = {
    type: 'StasisStart',
    args: ['inbound', '+3222345678', 'phones'],
    channel: { id: '1.2', state: 'Ring' },
  };
  expect(inboundCallFrom(event)).toEqual({ channel: '1.2', called: '+3222345678', caller: '', trunk: 'phones' });
  expect(inboundCallFrom({ ...event, args: ['machine'] })).toBeUndefined();
  const odd = { ...event, args: ['inbound', '+3222345678', 'phones@premium/n'] };
  expect(inboundCallFrom(odd)).toMatchObject({ trunk: '' });
});

it('a machine is heard only by the channel that listens for one', () => {
  const event = (id: string) => ({ type: 'StasisStart', args: ['machine', 'MACHINE'], channel: { id, state: 'Up' } });
  expect(machineDetectionFrom(event(`amd-${ID}`))).toEqual({ leg: ID, isMachine: true });
  for (const id of [ID, '1.2', 'amd-1.2', `amd-${ID}-t2`, `coach-${ID}`]) {
    expect(machineDetectionFrom(event(id)), id).toBeUndefined();
  }
});

it('an answer is abandoned when its leg has left the channel or has ended, and no other event is', () => {
  const dialing = leg({ status: 'dialing' });
  const start = { type: 'StasisStart', args: ['outbound', ID], channel };
  expect(isAbandonedAnswer(start, undefined)).toBe(true);
  expect(isAbandonedAnswer(start, leg({ status: 'moved' }))).toBe(true);
  expect(isAbandonedAnswer(start, leg({ status: 'ended' }))).toBe(true);
  expect(isAbandonedAnswer(start, withNewChannel(dialing))).toBe(false);
  expect(isAbandonedAnswer({ ...start, args: ['inbound', '+31', 'phones'] }, undefined)).toBe(false);
  expect(isAbandonedAnswer({ ...start, args: ['link', 'meet1'] }, undefined)).toBe(false);
  expect(isAbandonedAnswer({ ...start, type: 'ChannelDestroyed' }, undefined)).toBe(false);
});
