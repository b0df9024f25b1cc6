import { FROM } from '../database.ts';
import type { BareClient } from './bare-client.ts';
import type { FlowServer } from './flow-server.ts';
import { LIVE_KEY } from './world.ts';

/** One of the two that place calls: the Worker, or the bare client. */
export interface CallPlacer {
  /** The path for which it asks the customer's server when the phone picks up. */
  answerPath: string;
  /** Has a call placed, and resolves when that request was answered. */
  place(): Promise<void>;
}

/** A number reserved for fiction: the phone takes calls to any. */
const TO = '+493023125130';

export function workerPlacer(worker: string, customer: FlowServer): CallPlacer {
  const headers = { 'x-api-key': LIVE_KEY, 'content-type': 'application/json' };
  const body = JSON.stringify({
    to: TO,
    from: FROM,
    url: `${customer.url}/flow`,
    status_callback: `${customer.url}/status`,
  });
  return {
    answerPath: '/flow',
    async place() {
      const answer = await fetch(`${worker}/v1/voice/calls`, { method: 'POST', headers, body });
      const text = await answer.text();
      if (answer.status !== 201) throw new Error(`POST /calls: ${answer.status} ${text}`);
    },
  };
}

/** Does by hand what an application in the Worker's place would do: it asks its own server, and plays when a key is pressed. */
export function bareClientPlacer(client: BareClient, customer: FlowServer): CallPlacer {
  let calls = 0;
  client.onEvent = ({ type, channel }) => {
    if (type === 'StasisStart') void fetch(`${customer.url}/bare`, { method: 'POST', body: '{}' });
    const media = `sound:${customer.url}/prompt.wav`;
    if (type === 'ChannelDtmfReceived') void client.request('POST', `channels/${channel?.id}/play`, { media });
  };
  return {
    answerPath: '/bare',
    async place() {
      calls += 1;
      const status = await client.request('POST', 'channels', {
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
