import type { PhoneNetwork } from '../../src/gateway-agent/phone-network.ts';

type Phones = Pick<PhoneNetwork, 'asterisk'>;

/** Has the phone that talks with `peer` hang up. */
export async function hangUpPhone(phones: Phones, peer: string): Promise<void> {
  await phones.asterisk(`channel request hangup ${await channelWith(phones, peer)}`);
}

/** Has the phone that talks with `peer`, and presses keys by itself, press them once more. */
export async function pressAgain(phones: Phones, phone: string, peer: string): Promise<void> {
  const channel = await channelWith(phones, peer);
  // The phones start without this module; to load it twice does no harm.
  await phones.asterisk('module load res_clioriginate.so').catch(() => {});
  const answer = await phones.asterisk(`channel redirect ${channel} sends-digits,${phone},press`);
  if (!answer.includes('successfully redirected')) throw new Error(`nothing was pressed: ${answer}`);
}

async function channelWith({ asterisk }: Phones, peer: string): Promise<string> {
  const lines = (await asterisk('core show channels concise')).split('\n').map((line) => line.split('!'));
  const [channel] = lines.find(([name = '', , , , , , , caller]) => name.startsWith('PJSIP/') && caller === peer) ?? [];
  if (channel === undefined) throw new Error('no phone has such a call');
  return channel;
}
