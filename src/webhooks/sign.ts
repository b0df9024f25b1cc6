const encoder = new TextEncoder();

/**
 * The headers of a Standard Webhooks request (https://www.standardwebhooks.com, specification 1.0): the signed content
 * is `id.timestamp.body`, one `v1` signature per live secret, so that a secret can be rotated without a gap.
 * `secrets` are `whsec_` and base64; `now` is the time of this attempt in epoch milliseconds.
 */
export async function signedHeaders(
  id: string,
  body: string,
  secrets: string[],
  now: number,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = await Promise.all(secrets.map((secret) => signature(`${id}.${timestamp}.${body}`, secret)));
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

async function signature(content: string, secret: string): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (char) => char.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(content)));
  return `v1,${btoa(String.fromCharCode(...mac))}`;
}
