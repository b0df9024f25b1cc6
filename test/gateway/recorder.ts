import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { requestUntilReady } from '../../src/carriers/asterisk/ari-response.ts';
import type { AriRequest } from '../../src/carriers/asterisk/commands.ts';
import { bridgeRecord, endLeg, type Leg, newLeg, without } from '../../src/carriers/asterisk/leg.ts';
import { RecorderRunner } from '../../src/carriers/asterisk/recording.ts';
import type { Instruction, LegFact } from '../../src/contracts/carrier.ts';
import type { RecordingOrder } from '../../src/contracts/recording.ts';
import { closedRecording, findRecordings, type Recorded } from '../../src/gateway-agent/recording-files.ts';
import { newId } from '../../src/lib/ids.ts';
import { readSamples } from './audio.ts';
import type { AriEvent, Edge } from './edge.ts';

type Recordings = Extract<Instruction, { do: 'record' | 'recorder' }>;

/** The product's recorders at the desk of an edge, and the files that come of them. */
export function recorderAt(edge: Edge, gateway: { recorded: string; pid: number }) {
  const known = new Map<string, Leg>();
  const told: (LegFact & { leg: string })[] = [];
  const background: Promise<unknown>[] = [];
  const ask = ({ method, uri, query }: AriRequest) => edge.request(method, uri, query);
  const legs = {
    all: () => [...known.values()],
    find: (id: string) => known.get(id),
    save: (leg: Leg) => void known.set(leg.id, leg),
  };
  const recording = new RecorderRunner({
    legs,
    socket: { ask, askPatiently: (request) => requestUntilReady(request, ask) },
    tell: (leg, facts) => void told.push(...facts.map((fact) => ({ ...fact, leg }))),
    background: (work) => void background.push(work),
  });
  const find = (id: string) => known.get(id) ?? newLeg(id, Date.now());
  /** Its files, as soon as the uploader would take them. */
  const closed = async (id: string): Promise<Recorded | undefined> => {
    const files = (await findRecordings(gateway.recorded)).get(id);
    return files && closedRecording(id, files, { pid: gateway.pid, since: 0 });
  };

  return {
    told,
    leg: (id: string) => legs.save({ ...newLeg(id, Date.now()), status: 'up' }),
    bridge: (id: string) => legs.save(bridgeRecord(id, Date.now())),
    over: (id: string) => legs.save(endLeg(find(id), Date.now())),
    hear: (event: AriEvent) => recording.hear(event),
    settled: () => Promise.all(background),
    async does(leg: string, ...instructions: Recordings[]): Promise<void> {
      legs.save({ ...find(leg), todo: instructions });
      for (const it of instructions) {
        await (it.do === 'record' ? recording.open(find(leg), it) : recording.set(find(leg), it));
        legs.save(without(find(leg), it));
      }
    },
    record(
      channels: 1 | 2,
      details: Pick<RecordingOrder, 'silence' | 'trim'> = {},
    ): Extract<Instruction, { do: 'record' }> {
      const id = newId('RE', Date.now());
      return { do: 'record', recording: id, order: { source: 'start-verb', channels, ...details } };
    },
    /** The samples of each channel, once it is complete. */
    async complete(id: string): Promise<Int16Array[]> {
      await expect.poll(() => closed(id), { timeout: 10_000 }).toBeDefined();
      const sounds = (await closed(id))?.sounds ?? [];
      return Promise.all(sounds.map((it) => (it ? readSamples(it.path) : new Int16Array())));
    },
    files: () => readdir(gateway.recorded),
  };
}
