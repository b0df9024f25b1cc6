import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PHONES } from '../../src/gateway-agent/configuration/phones.ts';
import { localTrunk } from '../../src/gateway-agent/phone-network.ts';
import { readSamples, secondsOfTone, toneWav } from './audio.ts';
import { startWorld, type World } from './world.ts';

const PHONE = PHONES.listensWide.number;
/** The sample rate of wideband; an 8 kHz call carries only the frequencies of its lower half. */
const WIDE = 16_000;
/** Each test starts a world of its own. */
const TIMEOUT = 90_000;

describe.skipIf(inject('skipped'))('what a phone hears', () => {
  let world: World | undefined;
  const customer = createServer((request, response) => {
    const hertz = Number(/\d+/.exec(request.url ?? '')?.[0]);
    response.writeHead(200, { 'content-type': 'audio/wav' }).end(toneWav(hertz, 1.5, 12_000, WIDE));
  });

  beforeAll(() => new Promise<void>((resolve) => customer.listen(0, '127.0.0.1', resolve)));
  afterAll(async () => {
    await world?.end();
    customer.close();
  });

  /** The seconds of a low tone and of a high one, after a sentence, as the phone heard them. */
  async function heardOver(codecs: string, index: number): Promise<{ low: number; high: number }> {
    world = await startWorld(index, { trunks: [{ ...localTrunk(index), codecs }] });
    const { api, phones } = world;
    const tone = (hertz: number) => {
      const url = `http://127.0.0.1:${(customer.address() as AddressInfo).port}/${hertz}.wav`;
      return { verb: 'play', url };
    };
    const say = { verb: 'say', text: 'Zes zussen.' };
    const id = await world.call(PHONE, { flow: [say, tone(1000), tone(6000), { verb: 'pause', length: 1 }], from });
    expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    expect(await world.types(id)).not.toContain('prompt.failed');
    const samples = await readSamples(await phones.heardWide(PHONE, from));
    await world.end();
    world = undefined;
    return { low: secondsOfTone(samples, 1000, WIDE), high: secondsOfTone(samples, 6000, WIDE) };
  }

  const from = '+31851234567';

  it(
    'over a wideband trunk has tones above 4 kHz',
    async () => {
      const { low, high } = await heardOver('g722', 6);
      expect(low).toBeGreaterThan(1.3);
      expect(high).toBeGreaterThan(1.3);
    },
    TIMEOUT,
  );

  it(
    'over any other trunk has no tone above 4 kHz',
    async () => {
      const { low, high } = await heardOver('alaw', 6);
      expect(low).toBeGreaterThan(1.3);
      expect(high).toBe(0);
    },
    TIMEOUT,
  );
});
