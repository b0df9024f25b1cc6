import { vi } from 'vitest';

let customers = 0;

type Answers = Record<string, (body: Posted) => Response | Promise<Response>>;

/** A customer's server inside workerd: answers by path, and remembers everything that anybody is asked. */
export const aCustomer = (answers: Answers = {}) => customerAt(answers);

/** A customer at a URL of its own, which does not hear what calls of the tests before still tell others. */
export const aCustomerAlone = (answers: Answers = {}) => customerAt(answers, `https://hook-${++customers}.example`);

function customerAt(answers: Answers, own = '') {
  const posted: Posted[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = new URL(String(input));
    if (own !== '' && url.origin !== own) return new Response(null, { status: 204 });
    const body = JSON.parse(String(init?.body)) as Posted;
    posted.push({ ...body, url: String(input), id: new Headers(init?.headers).get('webhook-id') ?? '' });
    return (await answers[url.pathname]?.(body)) ?? new Response(null, { status: 204 });
  });
  return { url: own, posted, types: () => posted.map(({ type }) => type) };
}

export interface Posted {
  url: string;
  id: string;
  type: string;
  sequence?: number;
  data: { event?: string; digits?: string; status?: string; error_code?: string };
}

export const flow = (verbs: unknown[]) => () => Response.json(verbs);
