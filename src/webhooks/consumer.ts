import { callObject } from '../objects.ts';
import { attemptDelivery } from './post.ts';

/** A queue message is only a wake-up: it says whose notifications to deliver, and nothing about them. */
export interface WakeUp {
  call: string;
}

/** Side by side: one customer's slow server holds up nobody else. */
export async function deliverAll(batch: MessageBatch<WakeUp>, env: Env): Promise<void> {
  await Promise.all(batch.messages.map((message) => deliver(message, env)));
}

/** Delivers the call's notifications in order until there are none, or one failed: the call then wakes us again. */
async function deliver(message: Message<WakeUp>, env: Env): Promise<void> {
  try {
    const call = callObject(env, message.body.call);
    for (let delivery = await call.nextDelivery(); delivery; ) {
      delivery = await call.reportDelivery(delivery.id, await attemptDelivery(delivery, env.WEBHOOK_URLS));
    }
    message.ack();
  } catch {
    message.retry();
  }
}

/** A wake-up that failed many times over. Nothing is lost: its call keeps the notification and wakes us by its alarm. */
export function mournAll(batch: MessageBatch<WakeUp>): void {
  for (const { body } of batch.messages) {
    // biome-ignore lint/suspicious/noConsole: the platform's log, ids only
    console.error('webhook wake-up dead-lettered', body.call);
  }
  batch.ackAll();
}
