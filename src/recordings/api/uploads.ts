import { recordingObject } from '../../contracts/objects.ts';
import { authenticateGateway } from '../../gateways/api/authenticate.ts';
import { httpErrors } from '../../http/errors.ts';
import type { Endpoint } from '../../http/route.ts';
import { isId } from '../../lib/ids.ts';
import { beginsAs, HEAD_BYTES } from '../audio-format.ts';
import type { PartNumber } from '../machine.ts';
import { AUDIO_FORMATS, type AudioFormat } from '../recording.ts';
import type { RecordingMethods, Upload } from '../rpc.ts';
import { type AudioFile, deletePart, readHead, storePart } from '../store/audio-store.ts';
import { uploadErrors } from './errors.ts';

/** What the platform lets through as one body on any plan. */
const MAX_PIECE_BYTES = 100_000_000;
const MAX_PIECES = 64;

/**
 * A gateway brings a file, whole or in pieces (`?part=1&parts=2`). It may send a piece again as often as it likes. After
 * 200 or 201 the piece is safe; after 410 nobody wants it.
 */
export const takeUpload: Endpoint = {
  method: 'PUT',
  path: '/v1/gateway/recordings/:recording/:format',
  async respond(request, { recording: id = '', format = '' }, env) {
    const gateway = await authenticateGateway(request, env);
    if (!gateway) throw uploadErrors.upload_unauthorized([], { 'www-authenticate': 'Basic realm="gateway"' });
    if (!isId('RE', id) || !isFormat(format) || !request.body) throw uploadErrors.upload_unknown();
    const brought = readBrought(request, gateway.id, format);
    const recording = recordingObject<RecordingMethods>(env, id);
    const verdict = await recording.offer(brought);
    if (verdict !== 'wanted') return await decline(request.body, verdict);
    const file = { id, format };
    await keep(env.RECORDINGS, file, brought, request.body);
    if (!(await isAudio(env.RECORDINGS, file, brought.piece))) {
      await deletePart(env.RECORDINGS, file, brought.piece);
      throw uploadErrors.upload_not_audio();
    }
    if (await recording.receive(brought)) return new Response(null, { status: 201 });
    await deletePart(env.RECORDINGS, file, brought.piece);
    throw uploadErrors.upload_closed();
  },
};

const isFormat = (text: string): text is AudioFormat => (AUDIO_FORMATS as readonly string[]).includes(text);

function readBrought({ headers, url }: Request, gateway: string, format: AudioFormat): Upload {
  const length = headers.get('content-length') ?? '';
  if (!/^[1-9]\d{0,14}$/.test(length)) throw uploadErrors.upload_length_required();
  if (Number(length) > MAX_PIECE_BYTES) throw uploadErrors.upload_too_large();
  const sha256 = headers.get('x-content-sha256')?.toLowerCase() ?? '';
  const piece = readPiece(new URL(url).searchParams);
  if (!/^[0-9a-f]{64}$/.test(sha256) || !piece) throw uploadErrors.upload_invalid();
  return { gateway, format, piece, part: { bytes: Number(length), sha256 } };
}

function readPiece(query: URLSearchParams): PartNumber | undefined {
  const [n, of] = [query.get('part') ?? '1', query.get('parts') ?? '1'].map((text) =>
    /^[1-9]\d?$/.test(text) ? Number(text) : Number.NaN,
  ) as [number, number];
  return n <= of && of <= MAX_PIECES ? { n, of } : undefined;
}

/** The body is read to its end all the same: who is still sending does not see the answer. */
async function decline(body: ReadableStream, verdict: 'known' | 'closed' | undefined): Promise<Response> {
  await body.pipeTo(new WritableStream()).catch(() => {});
  if (verdict === 'known') return new Response(null, { status: 200 });
  throw verdict === 'closed' ? uploadErrors.upload_closed() : uploadErrors.upload_unknown();
}

async function keep(bucket: R2Bucket, file: AudioFile, { piece, part }: Upload, body: ReadableStream): Promise<void> {
  try {
    await storePart(bucket, file, piece, body, part);
  } catch (error) {
    if (error instanceof Error && /checksum|digest|\(10037\)/i.test(error.message)) throw uploadErrors.upload_damaged();
    // A bucket that answers leaves only the body to blame.
    const isBucketUp = await bucket.head(file.id).then(
      () => true,
      () => false,
    );
    throw isBucketUp ? uploadErrors.upload_cut() : httpErrors.unavailable();
  }
}

/** Only the first part of a file shows what it is. It is looked at where it lies: a body can be read once. */
async function isAudio(bucket: R2Bucket, file: AudioFile, piece: PartNumber): Promise<boolean> {
  return piece.n > 1 || beginsAs[file.format](await readHead(bucket, file, piece, HEAD_BYTES));
}
