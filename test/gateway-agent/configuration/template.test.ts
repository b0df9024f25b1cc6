import { describe, expect, it } from 'vitest';
import { fillTemplate } from '../../../src/gateway-agent/configuration/template.ts';

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
