import { changeCall, endCall, getCall, listAllCalls, listCallEvents, placeCall } from './calls/api/calls.ts';
import { changeRecording, listRecordingsOfCall, startRecording } from './calls/api/recordings.ts';
import { listHeard, ringNumber } from './carriers/simulated/routes.ts';
import {
  changeConference,
  createConference,
  endConference,
  getConference,
  listAllConferences,
} from './conferences/api/conferences.ts';
import {
  addParticipant,
  getParticipant,
  listParticipants,
  patchParticipant,
  removeParticipant,
} from './conferences/api/participants.ts';
import { changeConferenceRecording } from './conferences/api/recordings.ts';
import { getConsent, giveConsent, listAllConsents, withdrawalRoute } from './consents/api/consents.ts';
import { VerbSchema } from './flow/document.ts';
import { connectGateway } from './gateways/api/connect.ts';
import { listAllGateways } from './gateways/api/gateways.ts';
import { describeApi } from './http/openapi.ts';
import { type ApiRoute, type Endpoint, reply, routeOf } from './http/route.ts';
import { getRecordingMp3, getRecordingWav } from './recordings/api/audio.ts';
import { endRecordingsUnder } from './recordings/api/end-recordings.ts';
import { deleteRecording, getRecording, listAllRecordings } from './recordings/api/recordings.ts';
import { takeUpload } from './recordings/api/uploads.ts';
import { checkMedia, serveMedia } from './speech/routes.ts';

/** Every route of the API, in reading order. */
export const routes: ApiRoute[] = [
  placeCall,
  listAllCalls,
  getCall,
  changeCall,
  endCall,
  listCallEvents,

  createConference,
  listAllConferences,
  getConference,
  changeConference,
  endConference,
  listParticipants,
  addParticipant,
  getParticipant,
  patchParticipant,
  removeParticipant,

  listAllRecordings,
  listRecordingsOfCall,
  startRecording,
  changeRecording,
  changeConferenceRecording,
  // Before the recording itself, whose id would take the ending in.
  getRecordingWav,
  getRecordingMp3,
  getRecording,
  deleteRecording,

  giveConsent,
  listAllConsents,
  getConsent,
  withdrawalRoute(endRecordingsUnder),

  ringNumber,
  listHeard,

  listAllGateways,

  // Generators and editors fetch it before anybody has a key.
  routeOf(
    {
      method: 'GET',
      path: '/v1/voice/openapi.json',
      operationId: 'getOpenApi',
      summary: 'This document; no key is needed',
      tag: 'Reference',
      replies: { 200: undefined },
      handle: async () => reply(200, openApi()),
    },
    async () => undefined,
  ),
];

let openApiDocument: ReturnType<typeof describeApi> | undefined;

/** Made once and kept: whoever asks needs no key, so asking must cost nothing. */
function openApi() {
  openApiDocument ??= describeApi(routes, { Verb: VerbSchema });
  return openApiDocument;
}

/** For our own machines, which bring their own proof: no API key, and no part of the API. */
const machineRoutes: Endpoint[] = [connectGateway, takeUpload, serveMedia, checkMedia];

export const allRoutes: Endpoint[] = [...routes, ...machineRoutes];
