import type { NewRecording, RecorderEvent } from '../../src/contracts/recording.ts';
import worker, * as product from '../../src/index.ts';
import { recordingObject } from './objects.ts';

export const { CallObject, GatewayObject, SimulatedObject } = product;
export const { ConferenceNameObject, ConferenceObject, RecordingObject } = product;

/** What a call would do: begins a recording, and tells what its recorder does. */
export interface Recorder {
  begin?: NewRecording;
  report?: { id: string; event: RecorderEvent };
}

/** The product, with a door through which a test can record without a call. */
// biome-ignore lint/style/noDefaultExport: the platform asks for one
export default {
  ...worker,
  async fetch(request, env) {
    if (new URL(request.url).pathname !== '/recorder') return worker.fetch(request, env);
    const { begin, report } = await request.json<Recorder>();
    if (begin) await recordingObject(env, begin.id).begin(begin);
    if (report) await recordingObject(env, report.id).report(report.event);
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Env, never>;
