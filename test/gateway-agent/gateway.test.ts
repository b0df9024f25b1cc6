import { describe, expect, it } from 'vitest';
import { parseTrunks, startGateway } from '../../src/gateway-agent/gateway.ts';

const ip = { kind: 'ip', id: 'carrier', host: 'sip.example.com', matches: ['192.0.2.0/24'] } as const;

describe('the trunks that an operator writes', () => {
  it('have sensible defaults', () => {
    expect(parseTrunks([ip])).toMatchObject([
      { transport: 'udp', srtp: false, codecs: 'alaw,ulaw,g722', nationalPrefix: '0' },
    ]);
  });

  it.each([
    ['an id that is part of a dial string', { ...ip, id: 'a&PJSIP/b' }, '0.id'],
    ['a host with a line break', { ...ip, host: 'a\nb' }, '0.host'],
    ['no address to be known by', { ...ip, matches: [] }, '0.matches'],
    ['SRTP without TLS', { ...ip, srtp: true }, 'SRTP needs the transport tls'],
    ['a setting that does not exist', { ...ip, contexts: 'x' }, '0.contexts'],
    [
      'a password that would begin a comment',
      { ...ip, kind: 'registration', username: 'a', password: 'a;b' },
      '0.password',
    ],
  ])('are refused with %s', (_why, trunk, where) => {
    expect(() => parseTrunks([trunk])).toThrow(where);
  });

  it('are refused when two have the same id or address, in words that show no password', () => {
    expect(() => parseTrunks([ip, ip])).toThrow('an id of its own');
    expect(() => parseTrunks([ip, { ...ip, id: 'second' }])).toThrow('cannot be told apart: an address belongs');
    const secret = { ...ip, kind: 'registration', username: 'a', password: 'geheim;' };
    expect(() => parseTrunks([secret])).not.toThrow('geheim');
  });
});

describe('a gateway', () => {
  it.each([
    'ws://voice.example.com/v1/gateway',
    'http://127.0.0.1/',
    'ws://127.0.0.1.example.com/',
    'ws://10.0.0.1/v1/gateway',
  ])('does not send its token to %s', async (worker) => {
    await expect(startGateway({ worker })).rejects.toThrow(/wss|worker_url/);
  });
});
