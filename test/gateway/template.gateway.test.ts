import { describe, expect, it } from 'vitest';
import { ALL_PHONES, phoneDialplan } from '../../src/gateway-agent/configuration/phones.ts';
import { fillTemplate } from '../../src/gateway-agent/configuration/template.ts';
import { parseTrunks, startGateway } from '../../src/gateway-agent/gateway.ts';
import { isAtLeast } from '../../src/gateway-agent/install.ts';
import { maskLine } from '../../src/gateway-agent/instance.ts';

const ip = { kind: 'ip', id: 'carrier', host: 'sip.example.com', matches: ['192.0.2.0/24'] } as const;

describe('a template', () => {
  it('is filled with values of the right form', () => {
    expect(fillTemplate('password = {{gateway_token}}\n', { gateway_token: 'tf_gateway_local' })).toBe(
      'password = tf_gateway_local\n',
    );
  });

  it.each(['a\nb', 'a;b', 'a]b', 'a b', 'a"b', '', 'a\\b', 'ä', 'a'.repeat(201), 'a\n', 'a,b', '{{host}}'])(
    'refuses the password %j, without repeating it',
    (password) => {
      const fill = () => fillTemplate('password = {{password}}', { password });
      expect(fill).toThrow('The value for password is not of the form');
      if (password.length > 2) expect(fill).not.toThrow(password);
    },
  );

  it.each(['127.0.0.1\nbind=0.0.0.0', 'localhost', '::1', '1.2.3'])('refuses %j as an address', (sip_address) => {
    expect(() => fillTemplate('{{sip_address}}', { sip_address })).toThrow('sip_address');
  });

  it('refuses a placeholder that is missing or unknown', () => {
    expect(() => fillTemplate('{{host}}', {})).toThrow('A value for host is missing.');
    expect(() => fillTemplate('{{anything}}', {})).toThrow('has no grammar');
  });
});

describe('the trunks of an operator', () => {
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

  it('are refused when two have one id, and a refusal shows no password', () => {
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
  ])('does not bring its token to %s', async (worker) => {
    await expect(startGateway({ worker })).rejects.toThrow(/wss|worker_url/);
  });
});

describe('what surrounds it', () => {
  it('compares versions by number', () => {
    expect(isAtLeast('22.10.1', '22.10.1')).toBe(true);
    expect(isAtLeast('22.9.9', '22.10.1')).toBe(false);
    expect(isAtLeast('23.0.0', '22.10.1')).toBe(true);
    expect(isAtLeast('22.10.0', '22.10.1')).toBe(false);
  });

  it('masks numbers and signatures in log lines', () => {
    const line = "Failed to retrieve URL 'https://voice.example.com/prompts/a.wav?expires=1&signature=x'";
    expect(maskLine(line)).toBe("Failed to retrieve URL 'https://voice.example.com/prompts/a.wav?<masked>'");
    expect(maskLine("Call from 'carrier' to '+493023125500' refused")).toBe(
      "Call from 'carrier' to '<number>' refused",
    );
  });

  it('gives every phone one number of the range for fiction', () => {
    const numbers = ALL_PHONES.map((phone) => phone.number);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect(number).toMatch(/^\+493023125\d{3}$/);
    expect(phoneDialplan()).toContain('exten => +493023125101,1');
  });
});
