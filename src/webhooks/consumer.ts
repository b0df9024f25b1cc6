import { signingSecrets } from '../accounts/store/secrets.ts';
import type { Delivery } from '../contracts/delivery.ts';
import { deliveryOwner } from '../contracts/objects.ts';
import { attemptDelivery } from './post.ts';

/** A queue message is only a wake-up: it names the object whose notifications are due, and says nothing about them. */
export type WakeUp =
  /** The id of a call, a conference or a recording. */
  | { owner: string }
  /** The message of releases in which only calls had notifications; one may still be in a queue. */
  | { call: string };

const ownerOf = (wakeUp: WakeUp): string => ('owner' in wakeUp ? wakeUp.owner : wakeUp.call);

/**
 * Acknowledges wake-ups at once and lets the requests to customers go on beside the queue, so that one customer's hanging
 * server does not hold up the notifications of others. A notification that is lost here is still with its owner, which sends
 * another wake-up.
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

/** Delivers an owner's notifications in order until there are none, or one failed: its owner then sends another wake-up. */
async function deliver(owner: string, first: Delivery, env: Env): Promise<void> {
  for (let delivery: Delivery | undefined = first; delivery; ) {
    const secrets = await signingSecrets(env.DB, delivery);
    const attempt = await attemptDelivery({ ...delivery, secrets }, env.WEBHOOK_URLS);
    const { id }: Delivery = delivery;
    const report = (): Promise<Delivery | undefined> => deliveryOwner(env, owner).reportDelivery(id, attempt);
    // A report that is lost has the customer hear the notification again. The owner knows a repeated report by its id.
    delivery = await report().catch(report);
  }
}

/**
 * Logs wake-ups that failed many times over. Nothing is lost: the owner keeps the notification,
 * and its alarm sends another wake-up.
 */
export function logDeadLetters(batch: MessageBatch<WakeUp>): void {
  for (const { body } of batch.messages) {
    // biome-ignore lint/suspicious/noConsole: the platform's log, ids only
    console.error('webhook wake-up dead-lettered', ownerOf(body));
  }
  batch.ackAll();
}
