import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { requestUntilReady } from '../../src/carriers/asterisk/ari.ts';
import type { AriRequest } from '../../src/carriers/asterisk/channel-requests.ts';
import {
  asEnded,
  type GatewayLeg,
  newBridgeLeg,
  newGatewayLeg,
  withoutInstruction,
} from '../../src/carriers/asterisk/leg.ts';
import { RecorderManager } from '../../src/carriers/asterisk/recorder-manager.ts';
import type { Instruction, LegFact } from '../../src/contracts/carrier.ts';
import { type ClosedRecording, closedRecording, findRecordings } from '../../src/gateway-agent/recording-files.ts';
import { newId } from '../../src/lib/ids.ts';
import { readSamples } from './audio.ts';
import type { AriEvent, Edge } from './worker-stand-in.ts';

type Recordings = Extract<Instruction, { do: 'record' | 'recorder' }>;

/** The product's recorders at the desk of an edge, and the files that come of them. */
export function recorderAt(edge: Edge, gateway: { recorded: string; pid: number }) {
  const known = new Map<string, GatewayLeg>();
  const told: (LegFact & { leg: string })[] = [];
  const background: Promise<unknown>[] = [];
  const ask = ({ method, uri, query }: AriRequest) => edge.request(method, uri, query);
  const legs = {
    all: () => [...known.values()],
    find: (id: string) => known.get(id),
    save: (leg: GatewayLeg) => void known.set(leg.id, leg),
  };
  const recording = new RecorderManager({
    legs,
    socket: { ask, askPatiently: (request) => requestUntilReady(request, ask) },
    report: (leg, facts) => void told.push(...facts.map((fact) => ({ ...fact, leg }))),
    background: (work) => void background.push(work),
  });
  const find = (id: string) => known.get(id) ?? newGatewayLeg(id, Date.now());
  /** Its files, as soon as the uploader would take them. */
  const closed = async (id: string): Promise<ClosedRecording | undefined> => {
    const files = (await findRecordings(gateway.recorded)).get(id);
    return files && closedRecording(id, files, { pid: gateway.pid, since: 0 });
  };

  return {
    told,
    leg: (id: string) => legs.save({ ...newGatewayLeg(id, Date.now()), status: 'up' }),
    bridge: (id: string) => legs.save(newBridgeLeg(id, Date.now())),
    over: (id: string) => legs.save(asEnded(find(id), Date.now())),
    hear: (event: AriEvent) => recording.handleEvent(event),
    settled: () => Promise.all(background),
    async does(leg: string, ...instructions: Recordings[]): Promise<void> {
      legs.save({ ...find(leg), pending: instructions });
      for (const it of instructions) {
        await (it.do === 'record' ? recording.open(find(leg), it) : recording.setState(find(leg), it));
        legs.save(withoutInstruction(find(leg), it));
      }
    },
    record(channels: 1 | 2, silence?: number): Extract<Instruction, { do: 'record' }> {
      const id = newId('RE', Date.now());
      return { do: 'record', recording: id, channels, ...(silence !== undefined && { silence }) };
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
