import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';

export interface RawInvite {
  /** The address from which the INVITE is sent: a trunk is known by its address. */
  fromAddress: string;
  to: { address: string; port: number };
  /** The user part of the request URI, sent as it is. */
  requestUser: string;
  /** The user part of the To header. */
  toUser: string;
  caller?: string;
}

/** Sends an INVITE that no well-behaved phone would send; resolves to the first final status, or 0 when none comes. */
export function sendInvite(invite: RawInvite, withinMs = 3000): Promise<number> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    const end = (status: number) => {
      clearTimeout(late);
      socket.close();
      resolve(status);
    };
    const late = setTimeout(() => end(0), withinMs);
    socket.on('message', (message) => {
      const status = Number(/^SIP\/2\.0 (\d{3})/.exec(message.toString())?.[1] ?? 0);
      if (status >= 200) end(status);
    });
    socket.bind(0, invite.fromAddress, () => {
      socket.send(textOf(invite, socket.address().port), invite.to.port, invite.to.address);
    });
  });
}

function textOf({ fromAddress, to, requestUser, toUser, caller = '+493023125800' }: RawInvite, port: number): string {
  const sdp = [
    'v=0',
    `o=- 1 1 IN IP4 ${fromAddress}`,
    's=-',
    `c=IN IP4 ${fromAddress}`,
    't=0 0',
    'm=audio 29990 RTP/AVP 8',
    '',
  ].join('\r\n');
  return [
    `INVITE sip:${requestUser}@${to.address}:${to.port} SIP/2.0`,
    `Via: SIP/2.0/UDP ${fromAddress}:${port};rport;branch=z9hG4bK${randomUUID()}`,
    'Max-Forwards: 70',
    `From: "A Name" <sip:${caller}@${fromAddress}>;tag=${randomUUID()}`,
    `To: "Somebody: x@y" <sip:${toUser}@carrier.example>`,
    `Call-ID: ${randomUUID()}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:raw@${fromAddress}:${port}>`,
    'Content-Type: application/sdp',
    `Content-Length: ${sdp.length}`,
    '',
    sdp,
  ].join('\r\n');
}
