import { describe, expect, it } from 'vitest';
import { urlProblem } from '../../src/webhooks/check-urls.ts';

describe('in production a webhook URL', () => {
  it.each([
    'https://hooks.example.com/x?y=1',
    'https://hooks.example.com:8443/',
    'https://xn--bcher-kva.example/',
    'https://hooks.example.com./',
    'https://my_hooks.example.xn--p1ai/',
  ])('may be %s', (url) => {
    expect(urlProblem(url, 'https')).toBeUndefined();
  });

  it.each([
    ['http://hooks.example.com/', 'must begin with https://'],
    ['https://127.0.0.1/', 'must be on a public host name'],
    ['https://2130706433/', 'must be on a public host name'],
    ['https://0x7f.1/', 'must be on a public host name'],
    ['https://[::1]/', 'must be on a public host name'],
    ['https://localhost/', 'must be on a public host name'],
    ['https://metadata.google.internal/', 'must be on a public host name'],
    ['https://printer.local./', 'must be on a public host name'],
    ['https://localhost../', 'must be on a public host name'],
    ['https://foo.internal../', 'must be on a public host name'],
    ['https://api.default.svc/', 'must be on a public host name'],
    ['https://api.default.svc.cluster.local/', 'must be on a public host name'],
    ['https://wiki.corp/', 'must be on a public host name'],
    ['https://nas.home/', 'must be on a public host name'],
    ['https://nas.home.arpa/', 'must be on a public host name'],
    ['https://wiki.intranet/', 'must be on a public host name'],
    ['https://router.localdomain./', 'must be on a public host name'],
    ['https://hidden.onion/', 'must be on a public host name'],
    ['https://a..example.com/', 'must be on a public host name'],
    ['https://hooks.example.com:6379/', 'must use port 443 or 8443'],
    ['https://user:secret@hooks.example.com/', 'must not contain a user name or password'],
    ['ftp://hooks.example.com/', 'must be an absolute http(s) URL'],
    ['javascript:alert(1)', 'must be an absolute http(s) URL'],
    ['/relative', 'must be an absolute http(s) URL'],
  ])('cannot be %s: it %s', (url, complaint) => {
    expect(urlProblem(url, 'https')).toBe(complaint);
  });
});

it('a webhook URL on a laptop may be http and local, but of no other scheme', () => {
  expect(urlProblem('http://127.0.0.1:9000/flow', 'any')).toBeUndefined();
  expect(urlProblem('file:///etc/passwd', 'any')).toBe('must be an absolute http(s) URL');
});

it('an unknown policy for URLs is as strict as production', () => {
  expect(urlProblem('http://127.0.0.1/', '')).toBeDefined();
});
