import type { BridgeMembership } from '../../contracts/carrier.ts';
import { gatewayObject } from '../../contracts/objects.ts';
import type { GatewayMethods } from '../../gateways/rpc.ts';
import { clearUp, deleteBridge, joinRequests, leaveRequests, linkUp, membershipOf } from './bridge-requests.ts';
import { type AriRequest, originateLink } from './commands.ts';
import type { CommandResult, GatewayContext } from './context.ts';
import type { AriEvent } from './events.ts';
import { bridgeRecord, isLive, type Leg } from './leg.ts';

/** Lets legs meet in bridges, and links a bridge with the gateway on which it has its home. */
export class BridgeRunner {
  readonly #desk: GatewayContext;

  constructor(desk: GatewayContext) {
    this.#desk = desk;
  }

  async join(leg: Leg, part: BridgeMembership, hush: AriRequest[]): Promise<CommandResult> {
    const { legs } = this.#desk;
    const coached = legs.find(part.coaches ?? '');
    const membership = membershipOf(part, coached && isLive(coached) ? coached.channel : undefined);
    const { playback: _hushed, ringing: _over, ...rest } = leg;
    // Known before it is asked for: a restart asks again, which changes nothing.
    legs.save({ ...rest, membership });
    await this.#askAll([...hush, ...joinRequests(leg, leg.membership, membership)]);
    if (leg.membership && leg.membership.bridge.id !== part.bridge.id) await this.#dismantle(leg.membership.bridge.id);
    await this.#link(part.bridge);
    return 'done';
  }

  async leave(leg: Leg): Promise<CommandResult> {
    const { legs } = this.#desk;
    const { membership, ...rest } = leg;
    if (!membership) return 'done';
    legs.save(rest);
    await this.#askAll(leaveRequests(leg, membership));
    await this.#dismantle(membership.bridge.id);
    return 'done';
  }

  /** The leg's channel is gone. */
  async gone(leg: Leg): Promise<void> {
    if (!leg.membership) return;
    await this.#askAll(clearUp(leg, leg.membership));
    await this.#dismantle(leg.membership.bridge.id);
  }

  /** Another gateway is about to call with this word, to be let into the bridge. */
  expectLink(link: string, bridge: string): void {
    const { legs } = this.#desk;
    const record = legs.find(bridge) ?? bridgeRecord(bridge, Date.now());
    legs.save({ ...record, expected: [...(record.expected ?? []), link] });
  }

  /** The events of a link between two gateways. */
  async hear({ type, args, channel }: AriEvent): Promise<void> {
    if (!channel) return;
    if (type === 'StasisStart' && args?.[0] === 'link') return this.#linked(channel.id, args[1] ?? '');
    if (type === 'StasisEnd' || type === 'ChannelDestroyed') await this.unlinked(channel.id);
  }

  /** A bridge whose home is elsewhere has one link to it, whoever of this gateway is in it. */
  async #link({ id, home }: BridgeMembership['bridge']): Promise<void> {
    const { legs, gateway, env, socket } = this.#desk;
    if (home === undefined || home === gateway) return;
    const record = legs.find(id) ?? bridgeRecord(id, Date.now());
    if (record.links) return;
    const link = `meet${crypto.randomUUID().replaceAll('-', '')}`;
    legs.save({ ...record, links: [link], home });
    await gatewayObject<GatewayMethods>(env, home).expectLink(link, id);
    const { status } = await socket.ask(originateLink(link, home));
    if (status >= 300) await this.unlinked(link);
  }

  /** The gateway that called knows its channel by the word; the one that is called finds the bridge by it. */
  async #linked(channel: string, word: string): Promise<void> {
    const { legs } = this.#desk;
    const record = legs.all().find(({ links, expected }) => links?.includes(word) || expected?.includes(word));
    if (!record) return this.#askAll([{ method: 'DELETE', uri: `channels/${channel}` }]);
    const isCalled = record.expected?.includes(word);
    const expected = (record.expected ?? []).filter((it) => it !== word);
    const links = [...new Set([...(record.links ?? []).filter((it) => it !== word), channel])];
    legs.save({ ...record, links, expected });
    const answer: AriRequest[] = isCalled ? [{ method: 'POST', uri: `channels/${channel}/answer` }] : [];
    await this.#askAll([...answer, ...linkUp(record.id, channel)]);
  }

  /** Who was in the bridge only by this link hears nobody any more. */
  async unlinked(channel: string): Promise<void> {
    const { legs, tell } = this.#desk;
    const record = legs.all().find((it) => it.links?.includes(channel));
    if (!record) return;
    const { links: _gone, ...rest } = record;
    const links = (record.links ?? []).filter((it) => it !== channel);
    legs.save({ ...rest, ...(links.length > 0 && { links }) });
    if (record.home !== undefined) {
      for (const leg of this.#members(record.id)) {
        await this.leave(leg);
        tell(leg.id, [{ type: 'leg.left', bridge: record.id }]);
      }
    }
    await this.#dismantle(record.id);
  }

  /** A bridge goes with the last that is in it; links of the home do not keep it from the other gateways' side. */
  async #dismantle(bridge: string): Promise<void> {
    const { legs } = this.#desk;
    const record = legs.find(bridge);
    const links = record?.links ?? [];
    if (this.#members(bridge).length > 0 || (record?.home === undefined && links.length > 0)) return;
    if (record) legs.remove(record);
    await this.#askAll([
      ...links.map((link): AriRequest => ({ method: 'DELETE', uri: `channels/${link}` })),
      deleteBridge(bridge),
    ]);
  }

  #members(bridge: string): Leg[] {
    return this.#desk.legs.live().filter(({ membership }) => membership?.bridge.id === bridge);
  }

  async #askAll(requests: AriRequest[]): Promise<void> {
    await Promise.all(requests.map((request) => this.#desk.socket.askPatiently(request)));
  }
}
