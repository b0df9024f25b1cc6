import { signingSecrets } from '../accounts/store/secrets.ts';
import type { Delivery } from '../contracts/delivery.ts';
import { deliveryOwner } from '../contracts/objects.ts';
import { attemptDelivery } from './post.ts';

/** A queue message is only a wake-up: it says whose notifications to deliver, and nothing about them. */
export type WakeUp =
  /** The id of a call, a conference or a recording. */
  | { owner: string }
  /** As it was before conferences had any; such messages may still be in a queue. */
  | { call: string };

const ownerOf = (wakeUp: WakeUp): string => ('owner' in wakeUp ? wakeUp.owner : wakeUp.call);

/**
 * Takes the wake-ups and lets go of the queue at once: the requests to customers go on beside it, so that one
 * customer's hanging server holds up nobody else's batch. What is lost here is kept by its owner, which wakes us again.
 */
export async function deliverAll(batch: MessageBatch<WakeUp>, env: Env, ctx: ExecutionContext): Promise<void> {
  await Promise.all(batch.messages.map((message) => startDelivering(message, env, ctx)));
}

async function startDelivering(message: Message<WakeUp>, env: Env, ctx: ExecutionContext): Promise<void> {
  try {
    const owner = ownerOf(message.body);
    const delivery = await deliveryOwner(env, owner).nextDelivery();
    message.ack();
    if (delivery) ctx.waitUntil(deliver(owner, delivery, env));
  } catch {
    message.retry();
  }
}

/** Delivers the owner's notifications in order until there are none, or one failed: the owner then wakes us again. */
async function deliver(owner: string, first: Delivery, env: Env): Promise<void> {
  for (let delivery: Delivery | undefined = first; delivery; ) {
    const secrets = await signingSecrets(env.DB, delivery);
    const attempt = await attemptDelivery({ ...delivery, secrets }, env.WEBHOOK_URLS);
    delivery = await deliveryOwner(env, owner).reportDelivery(delivery.id, attempt);
  }
}

/** A wake-up that failed many times over. Nothing is lost: its owner keeps the notification and wakes us by its alarm. */
export function logDeadLetters(batch: MessageBatch<WakeUp>): void {
  for (const { body } of batch.messages) {
    // biome-ignore lint/suspicious/noConsole: the platform's log, ids only
    console.error('webhook wake-up dead-lettered', ownerOf(body));
  }
  batch.ackAll();
}
