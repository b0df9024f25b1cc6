import { DurableObject } from 'cloudflare:workers';

/** Which conference a name means at the moment. Its own name is a digest: a conference's name may be a person's. */
export class ConferenceNameObject extends DurableObject<Env> {
  /** The conference of this name; `conference`, if there is none yet, or if it is `over`. */
  claim(conference: string, over?: string): string {
    const current = this.#current();
    if (current !== undefined && current !== over) return current;
    this.take(conference);
    return conference;
  }

  /** The conference is forgotten: the name means nothing, unless another conference has it. */
  async forget(conference: string): Promise<void> {
    if (this.#current() === conference) await this.ctx.storage.deleteAll();
  }

  /** The newest conference that is created by API takes the name. */
  take(conference: string): void {
    this.ctx.storage.kv.put('conference', conference);
  }

  /** The releases up to 64f997c wrote under `room`. A conference that is live from then must be found. */
  #current(): string | undefined {
    const { kv } = this.ctx.storage;
    return kv.get<string>('conference') ?? kv.get<string>('room');
  }
}
