import { expect, it } from 'vitest';
import { operator } from '../support/operator.ts';
import { SPARE_GATEWAY } from '../support/world.ts';

it('a gateway cannot have the id of the simulated network', async () => {
  const { status, stderr } = await operator('gateways', 'add', 'simulated', '--region', 'here');
  expect(status).not.toBe(0);
  expect(stderr).toContain("simulated is the simulated network's own id");
  expect((await operator('gateways', 'list')).stdout).not.toMatch(/^simulated /m);
});

it('a trunk serves a SIP host at its usual port, or at the port that is given', async () => {
  const serves = ['--serves', 'sip:PBX.example.com:5060,sip:pbx.example.com:5080'];
  const { status, stdout } = await operator('gateways', 'trunk', SPARE_GATEWAY, 'ports', ...serves);
  expect(status).toBe(0);
  expect(stdout).toContain('serves sip:pbx.example.com sip:pbx.example.com:5080');
  const wrong = await operator('gateways', 'trunk', SPARE_GATEWAY, 'ports', '--serves', 'sip:pbx.example.com:x');
  expect(wrong.status).not.toBe(0);
  await operator('gateways', 'remove', SPARE_GATEWAY, 'ports');
});
