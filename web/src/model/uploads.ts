/**
 * Files before and while they go out. Their bytes are no state: they lie here, beside the store, under the `clientId` of
 * their message, so that a retry sends the same bytes and one's own picture is shown without fetching it again.
 */
import { type Attachment, attachmentFor } from "./attachment";
import { FILE_GONE } from "./kept";
import type { Bytes, Result, Upload } from "./ports";
import { type Outgoing, without } from "./state";
import { createStore } from "./store";
import type { Message } from "./types";

/** Chosen for a message that is not sent yet. */
export interface Staged {
  id: string;
  bytes: Bytes;
  file: Attachment;
  /** Why it will not be sent; said at once, before anybody waits for an upload. */
  refused: Refusal | null;
}

export type Refusal = "too_big" | "empty" | "type" | "too_many";

/** Of the server; it looks at the content as well. */
export interface FileLimits {
  fileBytes: number;
  /** With their dot, in small letters. */
  refusedEndings: readonly string[];
}

/** More at once would only wait for the server's limit. */
export const MOST_AT_ONCE = 20;
/** Own files whose bytes stay at hand after they have arrived. */
const REMEMBERED = 12;
export function refusal(file: { name: string; size: number }, limits: FileLimits): Refusal | null {
  const name = file.name.toLowerCase();
  if (limits.refusedEndings.some((ending) => name.endsWith(ending))) return "type";
  if (file.size === 0) return "empty";
  return file.size > limits.fileBytes ? "too_big" : null;
}

export class Uploads {
  readonly staged = createStore<Readonly<Record<string, readonly Staged[]>>>({});
  /** How much of each running upload has left, 0 to 1, by `clientId`. Apart from the state, which it would stir all the time. */
  readonly progress = createStore<Readonly<Record<string, number>>>({});
  private readonly bytes = new Map<string, Bytes>();
  private readonly running = new Map<string, () => void>();
  private readonly arrived: string[] = [];

  constructor(
    private readonly upload: Upload,
    private readonly newId: () => string,
  ) {}

  /** @param known what the screen found out about each, like the size of a picture */
  stage(
    conversationId: string,
    files: readonly (Bytes & { readonly name: string })[],
    limits: FileLimits,
    known: readonly { width?: number; height?: number }[] = [],
  ): void {
    this.staged.update((all) => {
      const staged = [...(all[conversationId] ?? [])];
      for (const [index, bytes] of files.entries()) {
        const full = staged.filter((other) => !other.refused).length >= MOST_AT_ONCE;
        const refused = refusal(bytes, limits) ?? (full ? "too_many" : null);
        staged.push({ id: this.newId(), bytes, file: attachmentFor(bytes, known[index]), refused });
      }
      return { ...all, [conversationId]: staged };
    });
  }

  unstage(conversationId: string, id: string): void {
    this.staged.update((all) => {
      const rest = (all[conversationId] ?? []).filter((staged) => staged.id !== id);
      return rest.length > 0 ? { ...all, [conversationId]: rest } : without(all, conversationId);
    });
  }

  /** Takes what can be sent out of the tray; with it goes what was refused and has been read. */
  take(conversationId: string): Staged[] {
    const staged = this.staged.get()[conversationId] ?? [];
    this.staged.update((all) => without(all, conversationId));
    return staged.filter((one) => one.refused === null);
  }

  hold(clientId: string, bytes: Bytes): void {
    this.bytes.set(clientId, bytes);
  }

  /** The bytes of one's own file, where this tab still has them. */
  bytesOf(clientId: string): Bytes | null {
    return this.bytes.get(clientId) ?? null;
  }

  async deliver({ conversationId, clientId, quote }: Outgoing, file: Attachment): Promise<Result<Message>> {
    const bytes = this.bytes.get(clientId);
    if (!bytes) return { ok: false, failure: FILE_GONE };
    const { name, duration } = file;
    const replyToId = quote?.id ?? null;
    const request = { conversationId, clientId, name, bytes, duration, replyToId };
    const { answer, cancel } = this.upload(request, (part) => this.tell(clientId, part));
    this.running.set(clientId, cancel);
    this.tell(clientId, 0);
    const result = await answer;
    this.running.delete(clientId);
    this.progress.update((all) => without(all, clientId));
    if (result.ok) this.settle(clientId);
    return result;
  }

  /** It is not to be sent any more: stops what runs and forgets the bytes. */
  cancel(clientId: string): void {
    this.running.get(clientId)?.();
    this.bytes.delete(clientId);
  }

  clear(): void {
    for (const cancel of this.running.values()) cancel();
    this.bytes.clear();
    this.staged.update(() => ({}));
  }

  private tell(clientId: string, part: number): void {
    if (this.running.has(clientId)) this.progress.update((all) => ({ ...all, [clientId]: part }));
  }

  /** The newest few stay, for their pictures. */
  private settle(clientId: string): void {
    this.arrived.push(clientId);
    while (this.arrived.length > REMEMBERED) this.bytes.delete(this.arrived.shift() ?? "");
  }
}
