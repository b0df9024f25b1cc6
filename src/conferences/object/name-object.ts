import { DurableObject } from 'cloudflare:workers';

/** Which conference a name means at the moment. Its own name is a digest: a conference's name may be a person's. */
export class ConferenceNameObject extends DurableObject<Env> {
  /** The conference of this name; `conference`, if there is none yet, or if it is `over`. */
  claim(conference: string, over?: string): string {
    const current = this.ctx.storage.kv.get<string>('conference');
    if (current !== undefined && current !== over) return current;
    this.ctx.storage.kv.put('conference', conference);
    return conference;
  }

  /** The conference is forgotten: the name means nothing, unless another conference has it. */
  async forget(conference: string): Promise<void> {
    if (this.ctx.storage.kv.get<string>('conference') === conference) await this.ctx.storage.deleteAll();
  }

  /** The newest conference that is created by API takes the name. */
  take(conference: string): void {
    this.ctx.storage.kv.put('conference', conference);
  }
}
