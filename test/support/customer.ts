import { vi } from 'vitest';

/** A customer's server inside workerd: answers by path, and remembers what it was asked. */
export function aCustomer(answers: Record<string, (body: Posted) => Response> = {}) {
  const posted: Posted[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = String(input);
    const body = JSON.parse(String(init?.body)) as Posted;
    posted.push({ ...body, url, id: new Headers(init?.headers).get('webhook-id') ?? '' });
    return answers[new URL(url).pathname]?.(body) ?? new Response(null, { status: 204 });
  });
  return { posted, types: () => posted.map(({ type }) => type) };
}

export interface Posted {
  url: string;
  id: string;
  type: string;
  sequence?: number;
  data: { event?: string; digits?: string; status?: string; error_code?: string };
}

export const flow = (verbs: unknown[]) => () => Response.json(verbs);
