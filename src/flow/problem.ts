import { cut } from '../lib/cut.ts';

/** Stable codes that say why a document could not be fetched or read: a call's events show them, and `error_code` is one. */
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
  /** Tells the developer what is wrong and where. Never holds what a caller said or pressed. */
  detail: string;
}

/** A detail quotes names of the document, which may be as long as the document itself. */
const MAX_DETAIL = 500;

export const problem = (code: FlowErrorCode, detail: string): FlowProblem => ({
  code,
  detail: cut(detail, MAX_DETAIL),
});
