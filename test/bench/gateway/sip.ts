/** A SIP message as it came. Responses, and later requests of the same dialogue, are made of it. */
export interface SipMessage {
  /** The method; `SIP/2.0` for a response. */
  method: string;
  headers: [name: string, value: string][];
  body: string;
}

export const CRLF = '\r\n';

export function readSip(text: string): SipMessage {
  const end = text.indexOf(`${CRLF}${CRLF}`);
  const [first = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split(CRLF);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { method: first.split(' ')[0] ?? '', headers, body: end < 0 ? '' : text.slice(end + 4) };
}

export const header = ({ headers }: SipMessage, name: string): string => headers.find(([it]) => it === name)?.[1] ?? '';

export interface Answer {
  status: string;
  /** The tag of our end of the dialogue. */
  tag: string;
  contact: string;
  sdp?: string;
}

export function answerTo(request: SipMessage, { status, tag, contact, sdp = '' }: Answer): string {
  const to = header(request, 'to');
  return textOf(
    `SIP/2.0 ${status}`,
    [
      ...request.headers.filter(([name]) => name === 'via').map(([, value]) => `Via: ${value}`),
      `From: ${header(request, 'from')}`,
      `To: ${to.includes(';tag=') ? to : `${to};tag=${tag}`}`,
      `Call-ID: ${header(request, 'call-id')}`,
      `CSeq: ${header(request, 'cseq')}`,
      `Contact: <${contact}>`,
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
    ],
    sdp,
  );
}

/** The callee's BYE in the dialogue that an INVITE began: its From is the INVITE's To. */
export function byeAfter(invite: SipMessage, { tag, via }: { tag: string; via: string }): string {
  const [, target = ''] = /<([^>]+)>/.exec(header(invite, 'contact')) ?? [];
  return textOf(`BYE ${target} SIP/2.0`, [
    `Via: SIP/2.0/UDP ${via};rport;branch=z9hG4bK${tag}bye`,
    'Max-Forwards: 70',
    `From: ${header(invite, 'to')};tag=${tag}`,
    `To: ${header(invite, 'from')}`,
    `Call-ID: ${header(invite, 'call-id')}`,
    'CSeq: 1 BYE',
  ]);
}

const textOf = (first: string, headers: string[], body = ''): string =>
  [first, ...headers, `Content-Length: ${body.length}`, '', body].join(CRLF);

/** The payload type of telephone events in an offer, which an answer must keep. */
export const eventsIn = (offer: string): number => Number(/a=rtpmap:(\d+) telephone-event\/8000/.exec(offer)?.[1]);

/** The address to which an offer wants its audio sent. */
export function audioIn(offer: string): { address: string; port: number } {
  const address = /c=IN IP4 (\S+)/.exec(offer)?.[1] ?? '';
  return { address, port: Number(/m=audio (\d+)/.exec(offer)?.[1]) };
}

/** An SDP that offers A-law and keys, and nothing else. */
export const sdpOf = ({ address, port }: { address: string; port: number }, events: number): string =>
  [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 8 ${events}`,
    'a=rtpmap:8 PCMA/8000',
    `a=rtpmap:${events} telephone-event/8000`,
    `a=fmtp:${events} 0-15`,
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join(CRLF);
