import { FROM } from '../database.ts';
import type { BareClient } from './bare-client.ts';
import type { FlowServer } from './flow-server.ts';
import { LIVE_KEY } from './world.ts';

/** Whoever makes the calls: the Worker, or the bare client. */
export interface Side {
  /** Which of the customer's documents it asks for when the phone picks up. */
  asksFor: string;
  /** Has a call made; resolves when that was answered. */
  place(): Promise<void>;
}

/** Any number reserved for fiction: the one phone takes them all. */
const TO = '+493023125130';

export function ourSide(worker: string, customer: FlowServer): Side {
  const headers = { 'x-api-key': LIVE_KEY, 'content-type': 'application/json' };
  const body = JSON.stringify({
    to: TO,
    from: FROM,
    url: `${customer.url}/flow`,
    status_callback: `${customer.url}/status`,
  });
  return {
    asksFor: '/flow',
    async place() {
      const answer = await fetch(`${worker}/v1/voice/calls`, { method: 'POST', headers, body });
      const text = await answer.text();
      if (answer.status !== 201) throw new Error(`POST /calls: ${answer.status} ${text}`);
    },
  };
}

/** What an application in the same place would do by hand: it asks its own server, and plays when a key is pressed. */
export function bareSide(client: BareClient, customer: FlowServer): Side {
  let calls = 0;
  client.onEvent = ({ type, channel }) => {
    if (type === 'StasisStart') void fetch(`${customer.url}/bare`, { method: 'POST', body: '{}' });
    const media = `sound:${customer.url}/prompt.wav`;
    if (type === 'ChannelDtmfReceived') void client.ask('POST', `channels/${channel?.id}/play`, { media });
  };
  return {
    asksFor: '/bare',
    async place() {
      calls += 1;
      const status = await client.ask('POST', 'channels', {
        endpoint: `PJSIP/${TO}@phones`,
        app: 'bench',
        channelId: `bare-${calls}`,
        callerId: FROM,
        timeout: '900',
        formats: 'alaw,ulaw,g722',
      });
      if (status !== 200) throw new Error(`The bare originate was answered with ${status}.`);
    },
  };
}
