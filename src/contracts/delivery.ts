/** What one attempt to reach a customer's server came to. */
export interface Attempt {
  /** The HTTP status; absent when there was no answer. */
  status?: number;
  /** Why there was no answer. */
  error?: 'url-refused' | 'unreachable' | 'timeout';
  milliseconds: number;
  /** Seconds that the server asked to wait (RFC 9110, 10.2.3). */
  retryAfter?: number;
}

/** One signed request: what is posted where, for whom. */
export interface Delivery {
  id: string;
  url: string;
  /** POST unless it says otherwise; a GET has no body, and signs none. */
  method?: 'GET' | 'POST';
  body: string;
  accountId: string;
  /** The account's secrets when the call began. */
  secrets: string[];
}
