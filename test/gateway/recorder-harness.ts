import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { type AriRequest, requestUntilReady } from '../../src/carriers/asterisk/ari.ts';
import {
  asEnded,
  type GatewayLeg,
  newBridgeLeg,
  newGatewayLeg,
  withoutInstruction,
} from '../../src/carriers/asterisk/leg.ts';
import { RecorderManager } from '../../src/carriers/asterisk/recorder-manager.ts';
import type { Instruction, LegFact } from '../../src/contracts/carrier.ts';
import type { RecordingOrder } from '../../src/contracts/recording.ts';
import { type ClosedRecording, closedRecording, findRecordings } from '../../src/gateway-agent/recording-files.ts';
import { newId } from '../../src/lib/ids.ts';
import { readSamples } from './audio.ts';
import type { AriEvent, FakeWorker } from './fake-worker.ts';

type RecorderInstruction = Extract<Instruction, { do: 'record' | 'recorder' }>;

/** The product's recorders, on the socket of a fake Worker, and the files that come of them. */
export function recorderHarness(fakeWorker: FakeWorker, gateway: { doneRecordings: string; pid: number }) {
  const known = new Map<string, GatewayLeg>();
  const reported: (LegFact & { leg: string })[] = [];
  const missing: { recording: string; seconds: number }[] = [];
  const background: Promise<unknown>[] = [];
  const request = ({ method, uri, query }: AriRequest) => fakeWorker.request(method, uri, query);
  const legs = {
    all: () => [...known.values()],
    find: (id: string) => known.get(id),
    save: (leg: GatewayLeg) => void known.set(leg.id, leg),
  };
  const recorders = new RecorderManager({
    legs,
    socket: { request, requestUntilReady: (it) => requestUntilReady(it, request) },
    report: (leg, facts) => void reported.push(...facts.map((fact) => ({ ...fact, leg }))),
    reportMissing: async (recording, seconds) => {
      missing.push({ recording, seconds });
      return true;
    },
    background: (work) => void background.push(work),
  });
  const find = (id: string) => known.get(id) ?? newGatewayLeg(id, Date.now());
  /** The recording, as soon as the uploader would take it. */
  const closed = async (id: string): Promise<ClosedRecording | undefined> => {
    const files = (await findRecordings(gateway.doneRecordings)).get(id);
    return files && closedRecording(id, files, { pid: gateway.pid, since: 0 });
  };

  return {
    reported,
    missing,
    addLeg: (id: string) => legs.save({ ...newGatewayLeg(id, Date.now()), status: 'up' }),
    addBridge: (id: string) => legs.save(newBridgeLeg(id, Date.now())),
    endLeg: (id: string) => legs.save(asEnded(find(id), Date.now())),
    handleEvent: (event: AriEvent) => recorders.handleEvent(event),
    untilSettled: () => Promise.all(background),
    async perform(leg: string, ...instructions: RecorderInstruction[]): Promise<void> {
      legs.save({ ...find(leg), pending: instructions });
      for (const it of instructions) {
        await (it.do === 'record' ? recorders.open(find(leg), it) : recorders.setState(find(leg), it));
        legs.save(withoutInstruction(find(leg), it));
      }
    },
    newRecord(
      channels: 1 | 2,
      details: Pick<RecordingOrder, 'silence' | 'trim'> = {},
      orderedAt = Date.now(),
    ): Extract<Instruction, { do: 'record' }> {
      const id = newId('RE', orderedAt);
      return { do: 'record', recording: id, order: { source: 'start-verb', channels, ...details } };
    },
    /** The samples of each channel, once the recording is complete. */
    async complete(id: string): Promise<Int16Array[]> {
      await expect.poll(() => closed(id), { timeout: 10_000 }).toBeDefined();
      const sounds = (await closed(id))?.sounds ?? [];
      return Promise.all(sounds.map((it) => (it ? readSamples(it.path) : new Int16Array())));
    },
    files: () => readdir(gateway.doneRecordings),
  };
}
