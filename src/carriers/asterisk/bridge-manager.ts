import type { BridgeMembership } from '../../contracts/carrier.ts';
import { gatewayObject } from '../../contracts/objects.ts';
import type { GatewayMethods } from '../../gateways/rpc.ts';
import type { AriRequest } from './ari.ts';
import {
  deleteBridge,
  enterBridge,
  joinRequests,
  leaveRequests,
  legMembership,
  removeCoachRequests,
} from './bridge-requests.ts';
import { linkName } from './channel-names.ts';
import { originateLinkRequest } from './channel-requests.ts';
import type { CommandResult, GatewayContext } from './context.ts';
import type { AriEvent } from './events.ts';
import { type GatewayLeg, isLive, newBridgeLeg } from './leg.ts';

/** Lets legs join and leave bridges, and links a bridge with the gateway that is its home. */
export class BridgeManager {
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** `stopPlayback` ends what the leg is hearing. */
  async join(leg: GatewayLeg, wanted: BridgeMembership, stopPlayback: AriRequest[]): Promise<CommandResult> {
    const { legs } = this.#context;
    const coached = legs.find(wanted.coaches ?? '');
    const membership = legMembership(wanted, coached && isLive(coached) ? coached.channel : undefined);
    const { playback: _stopped, ringback: _silent, ...rest } = leg;
    // The membership is saved before the requests leave: after a restart they are sent again, which changes nothing.
    legs.save({ ...rest, membership });
    await this.#sendAll([...stopPlayback, ...joinRequests(leg, leg.membership, membership)]);
    if (leg.membership && leg.membership.bridge.id !== wanted.bridge.id) {
      await this.#deleteIfEmpty(leg.membership.bridge.id);
    }
    await this.#linkToHome(wanted.bridge);
    return 'done';
  }

  async leave(leg: GatewayLeg): Promise<CommandResult> {
    const { legs } = this.#context;
    const { membership, ...rest } = leg;
    if (!membership) return 'done';
    legs.save(rest);
    await this.#sendAll(leaveRequests(leg, membership));
    await this.#deleteIfEmpty(membership.bridge.id);
    return 'done';
  }

  /** The leg's channel is gone, and with it its place in a bridge. */
  async legGone({ membership, ...leg }: GatewayLeg): Promise<void> {
    if (!membership) return;
    await this.#sendAll(removeCoachRequests(leg, membership));
    await this.#deleteIfEmpty(membership.bridge.id);
  }

  /** Another gateway is about to call under this name, and is to be let into the bridge. */
  expectLink(link: string, bridge: string): void {
    const { legs } = this.#context;
    const leg = legs.find(bridge) ?? newBridgeLeg(bridge, Date.now());
    legs.save({ ...leg, expectedLinks: [...(leg.expectedLinks ?? []), link] });
  }

  /** Handles an event of a channel that is no leg's, and so can only be a link's. */
  async handleLinkEvent({ type, args, channel }: AriEvent): Promise<void> {
    if (!channel) return;
    if (type === 'StasisStart' && args?.[0] === 'link') return this.#linkArrived(channel.id, args[1] ?? '');
    if (type === 'StasisEnd' || type === 'ChannelDestroyed') await this.linkGone(channel.id);
  }

  /** Connects a bridge whose home is elsewhere with it, by one link for all legs of this gateway. */
  async #linkToHome({ id, home }: BridgeMembership['bridge']): Promise<void> {
    const { legs, gateway, env, socket } = this.#context;
    if (home === undefined || home === gateway) return;
    const leg = legs.find(id) ?? newBridgeLeg(id, Date.now());
    if (leg.links) return;
    const link = linkName(crypto.randomUUID().replaceAll('-', ''));
    legs.save({ ...leg, links: [link], home });
    await gatewayObject<GatewayMethods>(env, home).expectLink(link, id);
    const { status } = await socket.request(originateLinkRequest(link, home));
    if (status >= 300) await this.linkGone(link);
  }

  /** The calling gateway knows its channel by the link's name; the called one has the name among those it expects. */
  async #linkArrived(channel: string, link: string): Promise<void> {
    const { legs } = this.#context;
    const leg = legs.all().find(({ links, expectedLinks }) => links?.includes(link) || expectedLinks?.includes(link));
    if (!leg) return this.#sendAll([{ method: 'DELETE', uri: `channels/${channel}` }]);
    const isCalled = leg.expectedLinks?.includes(link);
    const expectedLinks = (leg.expectedLinks ?? []).filter((it) => it !== link);
    const links = [...new Set([...(leg.links ?? []).filter((it) => it !== link), channel])];
    legs.save({ ...leg, links, expectedLinks });
    const answer: AriRequest[] = isCalled ? [{ method: 'POST', uri: `channels/${channel}/answer` }] : [];
    await this.#sendAll([...answer, ...enterBridge(leg.id, channel)]);
  }

  /** A link has ended. Away from the home, the legs in the bridge hear nobody any more: they leave, and their calls are told. */
  async linkGone(channel: string): Promise<void> {
    const { legs, report } = this.#context;
    const bridge = legs.all().find((it) => it.links?.includes(channel));
    if (!bridge) return;
    const { links: _gone, ...rest } = bridge;
    const links = (bridge.links ?? []).filter((it) => it !== channel);
    legs.save({ ...rest, ...(links.length > 0 && { links }) });
    if (bridge.home !== undefined) {
      for (const leg of this.#members(bridge.id)) {
        await this.leave(leg);
        report(leg.id, [{ type: 'leg.left', bridge: bridge.id }]);
      }
    }
    await this.#deleteIfEmpty(bridge.id);
  }

  /** Deletes a bridge that its last leg has left. At the home, a link counts as a leg: others are behind it. */
  async #deleteIfEmpty(bridge: string): Promise<void> {
    const { legs } = this.#context;
    const leg = legs.find(bridge);
    const links = leg?.links ?? [];
    if (this.#members(bridge).length > 0 || (leg?.home === undefined && links.length > 0)) return;
    if (leg) legs.remove(leg);
    await this.#sendAll([
      ...links.map((link): AriRequest => ({ method: 'DELETE', uri: `channels/${link}` })),
      deleteBridge(bridge),
    ]);
  }

  #members(bridge: string): GatewayLeg[] {
    return this.#context.legs.live().filter(({ membership }) => membership?.bridge.id === bridge);
  }

  async #sendAll(requests: AriRequest[]): Promise<void> {
    await Promise.all(requests.map((request) => this.#context.socket.requestUntilReady(request)));
  }
}
