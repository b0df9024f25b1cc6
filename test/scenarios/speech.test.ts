import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../support/api.ts';
import { answerXml } from '../support/hook-server.ts';
import { until } from '../support/until.ts';
import { worldOf } from '../support/world.ts';

const { api, number, hookServer } = worldOf(import.meta.url);
let hook: Awaited<ReturnType<typeof hookServer>>;
afterEach(() => hook?.close());

const heardBy = async (id: string): Promise<Json[]> =>
  (await api.get(`/simulator/calls/${id}/heard`)).body.heard as Json[];
const textsHeardBy = async (id: string) =>
  (await heardBy(id)).flatMap(({ what, text, language }) => (what === 'say' ? [[text, language]] : []));
const order = (flow: unknown) => ({
  to: '+493023125000',
  from: number,
  tts_language: 'nl-NL',
  flow,
  simulate: { speed: 1000 },
});

const TAGGED = 'Een <break time="10s"/> twee';
const LOOKS_LIKE = 'say.text looks like SSML and is spoken as text: SSML needs "ssml": true';

describe('a text', () => {
  it('of a document in XML is spoken as it is, also beside SSML and in a Gather', async () => {
    const mail = 'Mail &lt;info@example.nl&gt; binnen';
    hook = await hookServer({
      '/flow': answerXml(`<Response>
        <Say>${mail}</Say>
        <Gather timeout="1" action="/x"><Say>Een &lt;break time="10s"/&gt; <![CDATA[<b>]]></Say></Gather>
        <Say>Mail <emphasis>&lt;nu&gt;</emphasis> <sub alias="tot ziens">t.z.</sub></Say>
      </Response>`),
    });
    const id = await api.place({ url: `${hook.url}/flow`, tts_language: 'nl-NL' });
    const { duration } = await api.ended(id);
    expect(await textsHeardBy(id)).toEqual([
      ['Mail <info@example.nl> binnen', 'nl-NL'],
      ['Een <break time="10s"/> <b>', 'nl-NL'],
      ['Mail <nu> tot ziens', 'nl-NL'],
    ]);
    expect(Number(duration)).toBeLessThan(12);
    expect(await api.untilEvent(id, 'flow.requested')).toMatchObject([{ warnings: [LOOKS_LIKE] }]);
  });

  it('of a document in JSON is SSML only where it says so; else the response and the events warn of it', async () => {
    const flow = [
      { verb: 'say', text: TAGGED },
      { verb: 'say', text: TAGGED, ssml: true },
      { verb: 'say', text: 'Mail <info@example.nl>' },
    ];
    const { status, body } = await api.post('/calls', order(flow));
    expect({ status, warnings: body.warnings }).toEqual({ status: 201, warnings: [LOOKS_LIKE] });
    const { duration } = await api.ended(body.id);
    expect((await textsHeardBy(String(body.id))).map(([text]) => text)).toEqual([
      TAGGED,
      'Een twee',
      'Mail <info@example.nl>',
    ]);
    // Only that which is SSML is silent for ten seconds.
    expect(Number(duration)).toBeGreaterThanOrEqual(12);
    expect(Number(duration)).toBeLessThan(20);
    expect(await api.untilEvent(String(body.id), 'flow.read')).toMatchObject([{ warnings: [LOOKS_LIKE] }]);
  });

  it('of which nothing can be spoken is an instant of silence; a sign has a name that takes its time', async () => {
    const silent = await api.place(order([{ verb: 'say', text: '...' }]));
    expect(await api.ended(silent)).toMatchObject({ duration: expect.toSatisfy((it) => Number(it) <= 1) });
    expect(await textsHeardBy(silent)).toEqual([]);
    const signs = await api.place(order([{ verb: 'say', text: '€ % #' }]));
    expect(await api.ended(signs)).toMatchObject({ duration: expect.toSatisfy((it) => Number(it) >= 1) });
    expect(await textsHeardBy(signs)).toEqual([['€ % #', 'nl-NL']]);
  });

  it('that is announced in a conference is spoken as it is', async () => {
    const conference = String((await api.post('/conferences', { friendly_name: 'tagged' })).body.id);
    const flow = [{ verb: 'conference', name: 'tagged', beep: false }];
    const id = await api.place({ ...order(flow), simulate: { speed: 1 } });
    await until(async () => {
      const { body } = await api.get(`/conferences/${conference}/participants`);
      expect(body.participants).toMatchObject([{ status: 'connected' }]);
    });
    const path = `/conferences/${conference}/participants/${id}`;
    const announced = await api.send('PATCH', path, {
      announce: 'Nog <b>een</b> <s>minuut</s>',
      announce_language: 'nl-NL',
    });
    expect(announced).toMatchObject({
      status: 200,
      body: { warnings: ['announce looks like SSML and is spoken as text'] },
    });
    await until(async () => expect(await textsHeardBy(id)).toContainEqual(['Nog <b>een</b> <s>minuut</s>', 'nl-NL']));
    await api.delete(`/calls/${id}`);
  });
});

describe('a language', () => {
  it('with another name is spoken by the voice that has it, and one without a voice gives way to the call', async () => {
    hook = await hookServer({
      '/flow': answerXml(`<Response>
        <Say language="no-NO">God morgen.</Say><Say language="nn-NO">God morgon.</Say>
        <Say language="tr-TR">Merhaba.</Say><Say language="zz-ZZ">Hallo.</Say>
      </Response>`),
    });
    const id = await api.place({ url: `${hook.url}/flow`, tts_language: 'nl-NL' });
    await api.ended(id);
    expect((await textsHeardBy(id)).map(([, language]) => language)).toEqual(['nb-NO', 'nb-NO', 'nl-NL', 'nl-NL']);
    expect(await api.untilEvent(id, 'flow.requested')).toMatchObject([
      { warnings: [expect.stringContaining('say.language tr-TR'), expect.stringContaining('say.language zz-ZZ')] },
    ]);
  });

  it('without a voice is told of in the response, and refused where it is the language of the call', async () => {
    const placed = await api.post('/calls', order([{ verb: 'say', text: 'Hallo', language: 'zz-ZZ' }]));
    const warnings = ["say.language zz-ZZ has no voice: the call's language is spoken"];
    expect(placed).toMatchObject({ status: 201, body: { warnings } });
    await api.ended(placed.body.id);
    expect(await textsHeardBy(String(placed.body.id))).toEqual([['Hallo', 'nl-NL']]);
    expect(await api.untilEvent(String(placed.body.id), 'flow.read')).toMatchObject([{ warnings }]);
    const refused = await api.post('/calls', { ...order([{ verb: 'hangup' }]), tts_language: 'zz-ZZ' });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ field: 'tts_language' }] } });
  });
});
