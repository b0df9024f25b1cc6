import { createSocket, type RemoteInfo } from 'node:dgram';
import type { TrunkInput } from '../../src/gateway-agent/configuration/trunks.ts';

/** A carrier that answers OPTIONS, and says nothing to an INVITE until a test has it respond. */
export interface SilentCarrier {
  trunk: TrunkInput;
  /** How many different calls the carrier was asked for. */
  calls: () => number;
  /** The number that the last call was for. */
  dialled: () => string | undefined;
  /** Responds to the last INVITE, for example with `100 Trying`. The audio of a 200 leads nowhere. */
  respond(status: string): void;
  /** The methods of the requests of the last call, in order, without repeats. */
  requests: () => string[];
  close(): void;
}

interface Invite {
  id: string;
  text: string;
  from: RemoteInfo;
}

export async function startSilentCarrier(id: string): Promise<SilentCarrier> {
  const socket = createSocket('udp4');
  const calls = new Set<string>();
  const methods = new Map<string, string[]>();
  let last: Invite | undefined;
  socket.on('message', (message, from: RemoteInfo) => {
    const text = message.toString();
    const [, method] = /^([A-Z]+) sip:/.exec(text) ?? [];
    const call = /^Call-ID: *(.+)$/im.exec(text)?.[1] ?? '';
    if (!method) return;
    const heard = methods.get(call) ?? [];
    if (!heard.includes(method)) methods.set(call, [...heard, method]);
    if (method === 'INVITE') {
      calls.add(call);
      last = { id: call, text, from };
    } else if (method !== 'ACK') socket.send(responseTo(text, '200 OK'), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { address: host, port } = socket.address();
  return {
    trunk: { kind: 'ip', id, host, port, matches: [host] },
    calls: () => calls.size,
    dialled: () => /^INVITE sip:([^@]*)@/.exec(last?.text ?? '')?.[1],
    respond: (status) => {
      if (last) socket.send(responseTo(last.text, status, audioAt(host, port)), last.from.port, last.from.address);
    },
    requests: () => methods.get(last?.id ?? '') ?? [],
    close: () => socket.close(),
  };
}

const audioAt = (host: string, port: number) => ({
  contact: `Contact: <sip:silent@${host}:${port}>`,
  sdp: ['v=0', `o=- 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0', 'm=audio 29992 RTP/AVP 8', ''].join(
    '\r\n',
  ),
});

function responseTo(request: string, status: string, audio?: { contact: string; sdp: string }): string {
  const copied = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
  const tagged = copied.map((line) => (/^To:(?!.*;tag=)/i.test(line) ? `${line};tag=silent` : line));
  const isAnswer = audio && status.startsWith('200');
  const about = isAnswer ? [audio.contact, 'Content-Type: application/sdp'] : [];
  const body = isAnswer ? audio.sdp : '';
  return [`SIP/2.0 ${status}`, ...tagged, ...about, `Content-Length: ${body.length}`, '', body].join('\r\n');
}
