/** The stubs of Durable Objects as tests need them: typed by their classes, so that storage and alarms can be reached. */
export const callObject = ({ CALLS }: Env, id: string) => CALLS.getByName(id);
export const conferenceObject = ({ CONFERENCES }: Env, id: string) => CONFERENCES.getByName(id);
export const conferenceNameObject = ({ CONFERENCE_NAMES }: Env, digest: string) => CONFERENCE_NAMES.getByName(digest);
export const recordingObject = ({ RECORDING_OBJECTS }: Env, id: string) => RECORDING_OBJECTS.getByName(id);
export const simulatedObject = ({ SIMULATED }: Env, leg: string) => SIMULATED.getByName(leg);
export const gatewayObject = ({ GATEWAYS }: Env, id: string) => GATEWAYS.getByName(id);
