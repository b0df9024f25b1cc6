import * as v from 'valibot';
import { Timestamp } from '../../http/fields.ts';

export const GatewayView = v.pipe(
  v.object({
    id: v.string(),
    region: v.string(),
    capacity: v.pipe(v.number(), v.integer(), v.description('Calls at the same time')),
    connected_since: v.optional(v.pipe(Timestamp, v.description('Absent while it is not connected'))),
    version: v.optional(v.pipe(v.string(), v.description("Asterisk's"))),
    live_channels: v.pipe(v.number(), v.integer()),
    last_error: v.optional(v.object({ at: Timestamp, message: v.string() })),
    ignored_frames: v.pipe(
      v.number(),
      v.integer(),
      v.description('That were not understood, since the object woke up'),
    ),
    trunks: v.array(v.string()),
  }),
  v.title('Gateway'),
);

export const GatewayList = v.object({ gateways: v.array(GatewayView) });
