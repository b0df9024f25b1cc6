/** Why a document could not be fetched or read: stable codes, shown in a call's events and sent as `error_code`. */
export type FlowErrorCode =
  | 'flow_url_refused'
  | 'flow_unreachable'
  | 'flow_unreadable'
  | 'flow_timeout'
  | 'flow_http_status'
  | 'flow_too_many_redirects'
  | 'flow_too_large'
  | 'flow_content_type'
  | 'flow_malformed'
  | 'flow_invalid'
  | 'flow_loop';

export interface FlowProblem {
  code: FlowErrorCode;
  /** What is wrong and where, for the developer. Never holds what a caller said or pressed. */
  detail: string;
}

export const problem = (code: FlowErrorCode, detail: string): FlowProblem => ({ code, detail });
