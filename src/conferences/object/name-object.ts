import { DurableObject } from 'cloudflare:workers';

/** Which room a name means at the moment. Its own name is a digest: a room's name may be a person's. */
export class ConferenceNameObject extends DurableObject<Env> {
  /** The room of this name; `room`, if there is none yet, or if it is `over`. */
  claim(room: string, over?: string): string {
    const current = this.ctx.storage.kv.get<string>('room');
    if (current !== undefined && current !== over) return current;
    this.ctx.storage.kv.put('room', room);
    return room;
  }

  /** The room is forgotten: the name means nothing, unless another room has it. */
  async forget(room: string): Promise<void> {
    if (this.ctx.storage.kv.get<string>('room') === room) await this.ctx.storage.deleteAll();
  }

  /** The newest room that is created by API takes the name. */
  take(room: string): void {
    this.ctx.storage.kv.put('room', room);
  }
}
