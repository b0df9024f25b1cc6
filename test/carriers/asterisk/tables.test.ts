import { describe, expect, it } from 'vitest';
import { causeOf, mayTryAnotherTrunk } from '../../../src/carriers/asterisk/causes.ts';
import { originate, playRequests } from '../../../src/carriers/asterisk/commands.ts';
import { applyAriEvent, inboundCallIn, readFrame } from '../../../src/carriers/asterisk/events.ts';
import { incomingLeg, type Leg, newLeg, takeCommand } from '../../../src/carriers/asterisk/leg.ts';
import { overdue, reconcile } from '../../../src/carriers/asterisk/reconcile.ts';
import { isRecentEnough } from '../../../src/carriers/asterisk/version.ts';
import type { Instruction } from '../../../src/contracts/carrier.ts';
import { isSpecial, nextRoute, routesFor, type Trunk } from '../../../src/gateways/routing.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ID = newId('CA', NOW);
const leg = (change: Partial<Leg> = {}): Leg => ({ ...newLeg(ID, NOW), status: 'up', ...change });
const trunk = (change: Partial<Trunk> = {}): Trunk => ({
  gateway: 'gw-1',
  id: 'phones',
  prefixes: [''],
  priority: 1,
  capacity: 2,
  gatewayCapacity: 5,
  emergency: [],
  ...change,
});

describe('causes', () => {
  it.each([
    [17, 'busy'],
    [1, 'unallocated'],
    [21, 'rejected'],
    [19, 'no-answer'],
    [18, 'no-answer'],
    [34, 'congestion'],
    [58, 'network-failure'],
    [16, 'normal'],
    [0, 'normal'],
    [77, 'network-failure'],
  ])('%i is %s', (q850, cause) => expect(causeOf(q850)).toBe(cause));

  it('let another trunk try only where no phone was reached', () => {
    expect([34, 18, 27, 42].every(mayTryAnotherTrunk)).toBe(true);
    expect([1, 16, 17, 19, 21].some(mayTryAnotherTrunk)).toBe(false);
  });
});

describe('routing', () => {
  it.each(['112', '110', '+49112', '+31112', '+43144', '+353112', '+49116117', '+4911833'])('%s is special', (number) =>
    expect(isSpecial(number)).toBe(true),
  );
  it.each(['+493023125100', '+31851234567', '+3222345678', '+35312345678', '+4312345'])('%s is a phone', (number) =>
    expect(isSpecial(number)).toBe(false),
  );

  it('refuses emergency numbers, unless a trunk is mapped to them', () => {
    expect(routesFor('+49112', [trunk()], ID)).toBe('emergency-refused');
    expect(routesFor('+49112', [trunk({ emergency: ['+49112'] })], ID)).toMatchObject([{ trunk: 'phones' }]);
    expect(routesFor('+49110', [trunk({ emergency: ['+49112'] })], ID)).toBe('emergency-refused');
    const mapped = [
      trunk({ id: 'a', emergency: ['+49112', '1120'] }),
      trunk({ id: 'b', emergency: ['112'], priority: 2 }),
    ];
    expect(routesFor('112', mapped, ID)).toMatchObject([{ trunk: 'b' }]);
    expect(routesFor('11', mapped, ID)).toBe('emergency-refused');
  });

  it('takes the trunks that serve the number, by their order', () => {
    const trunks = [
      trunk({ id: 'b', priority: 2 }),
      trunk({ id: 'nl', prefixes: ['31'] }),
      trunk({ id: 'a', prefixes: ['49'] }),
    ];
    expect(routesFor('+493023125100', trunks, ID)).toMatchObject([{ trunk: 'a' }, { trunk: 'b' }]);
    expect(routesFor('+441632960000', [trunk({ prefixes: ['31'] })], ID)).toBe('no-route');
    expect(routesFor('+493023125100', [], ID)).toBe('no-gateway');
  });

  it('reaches SIP addresses only of hosts that a trunk was given', () => {
    const trunks = [trunk({ id: 'pbx', prefixes: ['sip:pbx.example.com'] }), trunk({ prefixes: [''] })];
    expect(routesFor('sip:reception@PBX.example.com:5061', trunks, ID)).toMatchObject([{ trunk: 'pbx' }]);
    expect(routesFor('sip:reception@other.example.com', trunks, ID)).toBe('no-route');
    expect(routesFor('sips:x@pbx.example.com.evil.example', trunks, ID)).toBe('no-route');
  });

  it('shares the load between trunks of the same order, the same way for the same call', () => {
    const trunks = [trunk({ id: 'a' }), trunk({ id: 'b' })];
    const first = (id: string) => (routesFor('+493023125100', trunks, id) as { trunk: string }[])[0]?.trunk;
    expect(new Set(['0', '1', '2', '3'].map((end) => first(`CA000${end}`)))).toEqual(new Set(['a', 'b']));
    expect(first(ID)).toBe(first(ID));
  });

  it('passes over trunks that are full or away', () => {
    const route = { gateway: 'gw-1', trunk: 'a', capacity: 1, gatewayCapacity: 5 };
    const here = { gateway: 'gw-1', connected: true, calls: 1, callsOf: (id: string) => (id === 'a' ? 1 : 0) };
    expect(nextRoute([route, { ...route, trunk: 'b' }], here)).toMatchObject({ do: 'call', route: { trunk: 'b' } });
    expect(nextRoute([route], here)).toEqual({ do: 'refuse', cause: 'congestion' });
    const away = { ...here, connected: false };
    expect(nextRoute([route], away)).toEqual({ do: 'refuse', cause: 'no-gateway' });
    expect(nextRoute([route, { ...route, gateway: 'gw-2' }], away)).toMatchObject({ do: 'pass', gateway: 'gw-2' });
  });
});

describe('commands', () => {
  it('never build a dial string from what is no number or no trunk', () => {
    const wrong = ['x', '+49,1', '+49@evil', '+49&PJSIP/1', '', '+49 30', '$(id)'];
    for (const to of wrong) expect(originate(leg(), to, '+31851234567', 'phones')).toBeUndefined();
    for (const to of ['sip:a@b;x=y', 'sip:a&SIP/b@c', 'sip:a,b@c', 'sip:a@b/c', 'sip:@b']) {
      expect(originate(leg(), to, '+31851234567', 'phones')).toBeUndefined();
    }
    expect(originate(leg(), 'sip:reception@pbx.example.com:5061', '+31851234567', 'phones')).toMatchObject({
      query: { endpoint: 'PJSIP/phones/sip:reception@pbx.example.com:5061' },
    });
    expect(originate(leg(), '+493023125100', '+31851234567', 'a@b')).toBeUndefined();
    expect(originate(leg(), '+493023125100', '+31851234567', 'phones')?.query).toMatchObject({
      endpoint: 'PJSIP/+493023125100@phones',
      channelId: ID,
    });
  });

  it('ask for a playback of audio and keys in order, the first under the name that the call gave it', () => {
    const { requests, playback } = playRequests(leg(), 'p', [
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

describe('a leg that is told what to do', () => {
  const told = (first: number, ...instructions: Instruction[]) => ({ leg: ID, first, at: NOW, instructions });
  const playing: Instruction = { do: 'play', playback: 'p1', prompts: [{ pause: 1 }] };

  it('takes a repeated command once', () => {
    const once = takeCommand(leg(), told(1, playing)).leg;
    expect(takeCommand(once, told(1, playing)).leg).toEqual(once);
    expect(takeCommand(once, told(1, playing, { do: 'answer' })).leg.todo).toEqual([playing, { do: 'answer' }]);
  });

  it('leaves undone what a hang-up makes pointless', () => {
    expect(takeCommand(leg({ todo: [playing] }), told(1, { do: 'hangup' })).leg.todo).toEqual([{ do: 'hangup' }]);
  });

  it('ends a playback that was stopped, or replaced, before it began', () => {
    const waiting = leg({ todo: [playing] });
    const ended = { type: 'leg.playback-ended', playback: 'p1' };
    expect(takeCommand(waiting, told(1, { do: 'stop', playback: 'p1' }))).toMatchObject({
      leg: { todo: [] },
      facts: [ended],
    });
    expect(takeCommand(waiting, told(1, { ...playing, playback: 'p2' })).facts).toEqual([ended]);
  });
});

describe('events', () => {
  const channel = { id: ID, state: 'Up' };

  it.each(['', '{', 'null', '[]', '1', '{"type":5}', '{"type":"RESTResponse","request_id":1}'])(
    'does not take %s for a frame',
    (text) => expect(readFrame(text)).toBeUndefined(),
  );

  it.each([
    { type: 'PlaybackFinished', playback: { id: 'x', target_uri: 7 } },
    { type: 'ChannelDtmfReceived', digit: { a: 1 }, channel: { id: ID } },
    { type: 'StasisStart', args: ['inbound', 31], channel: { id: ID } },
    { type: 'StasisStart', args: 'inbound', channel: { id: ID } },
    { type: 'ChannelDestroyed', cause: '16', channel: { id: ID } },
    { type: 'ChannelStateChange', channel: ID },
    { type: 'ChannelStateChange', channel: { id: ID, caller: null } },
  ])('of a form that Asterisk never gives them are none: %o', (frame) =>
    expect(readFrame(JSON.stringify(frame))).toBeUndefined(),
  );

  it('answer an outbound call only when it can be commanded, an inbound one when it is up', () => {
    const dialing = leg({ status: 'dialing' });
    expect(applyAriEvent(dialing, { type: 'ChannelStateChange', channel }, NOW).facts).toEqual([]);
    expect(applyAriEvent(dialing, { type: 'StasisStart', channel }, NOW).facts).toEqual([{ type: 'leg.answered' }]);
    const inbound = incomingLeg(ID, '1.2', 'phones', NOW);
    expect(applyAriEvent(inbound, { type: 'ChannelStateChange', channel }, NOW).facts).toEqual([
      { type: 'leg.answered' },
    ]);
  });

  it.each([
    ['(g722)', true],
    ['(g722|alaw)', true],
    ['(alaw|ulaw|g722)', undefined],
    ['(g7221)', undefined],
    [undefined, undefined],
  ])('know by the codecs %s whether an answered call is wideband', (codecs, wideband) => {
    const agreed = {
      ...channel,
      ...(codecs !== undefined && { channelvars: { 'CHANNEL(audionativeformat)': codecs } }),
    };
    expect(applyAriEvent(leg({ status: 'ringing' }), { type: 'StasisStart', channel: agreed }, NOW).leg.wideband).toBe(
      wideband,
    );
    const inbound = incomingLeg(ID, '1.2', 'phones', NOW);
    expect(applyAriEvent(inbound, { type: 'ChannelStateChange', channel: agreed }, NOW).leg.wideband).toBe(wideband);
  });

  it('end a playback with its last part, and say when the gateway could not play it', () => {
    const playing = leg({ playback: { id: 'p', parts: ['p', 'p.1'] } });
    const finished = (id: string, state = 'done') =>
      applyAriEvent(playing, { type: 'PlaybackFinished', playback: { id, state } }, NOW).facts.map(({ type }) => type);
    expect(finished('p')).toEqual([]);
    expect(finished('p.1')).toEqual(['leg.playback-ended']);
    expect(finished('p.1', 'failed')).toEqual(['leg.prompt-failed', 'leg.playback-ended']);
    expect(finished('other')).toEqual([]);
  });

  it('end a leg once', () => {
    const { leg: over, facts } = applyAriEvent(leg(), { type: 'ChannelDestroyed', cause: 16, channel }, NOW);
    expect(facts).toEqual([{ type: 'leg.ended', cause: 'normal' }]);
    expect(applyAriEvent(over, { type: 'ChannelDestroyed', cause: 16, channel }, NOW).facts).toEqual([]);
  });

  it('know a caller who hides the number', () => {
    const event = {
      type: 'StasisStart',
      args: ['inbound', '+3222345678', 'phones'],
      channel: { id: '1.2', state: 'Ring' },
    };
    expect(inboundCallIn(event)).toEqual({ channel: '1.2', called: '+3222345678', caller: '', trunk: 'phones' });
    expect(inboundCallIn({ ...event, args: ['machine'] })).toBeUndefined();
  });
});

describe('reconciling', () => {
  const channelOf = (id: string, state = 'Up') => ({ id, name: 'PJSIP/phones-1', state });

  it('ends what is gone, hangs up what is over, and knows strangers', () => {
    const legs = [
      leg(),
      leg({ id: 'over', channel: 'over', status: 'over' }),
      leg({ id: 'n', channel: 'n', status: 'new' }),
    ];
    const found = reconcile(legs, [channelOf('over'), channelOf('1.9')], NOW);
    expect(found.told).toMatchObject([{ leg: { id: ID }, facts: [{ type: 'leg.ended', cause: 'network-failure' }] }]);
    expect(found.hangUp).toEqual(['over']);
    expect(found.strangers).toEqual(['1.9']);
  });

  it('leaves live calls alone', () => {
    expect(reconcile([leg()], [channelOf(ID)], NOW)).toEqual({ told: [], hangUp: [], strangers: [] });
  });

  it('gives strangers time', () => {
    expect(overdue({ a: NOW - 20_000, b: NOW - 5000 }, NOW, 15_000)).toEqual(['a']);
  });
});

it.each([
  ['22.10.1+dfsg+~cs6.17', true],
  ['22.10.1', true],
  ['22.11.0', true],
  ['23.0.0', true],
  ['22.10.0', false],
  ['22.9.9', false],
  ['20.18.2', false],
  ['certified-20.7', false],
  ['', false],
])('version %s is new enough: %s', (version, enough) => expect(isRecentEnough(version)).toBe(enough));
