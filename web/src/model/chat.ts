/**
 * The client without a screen: one object that the screens call and whose store they show. It wires connection, sync,
 * outbox and typing; each of them is a file of its own.
 */
import { findMessage } from "./around";
import type { Attachment } from "./attachment";
import { Box, plain } from "./box";
import { Changer } from "./changer";
import type { SignedOutReason } from "./connection";
import { CopyKeeper } from "./copies";
import { Delivering } from "./delivering";
import { type Finds, findNext } from "./finding";
import { Groups } from "./groups";
import { type Jump, Jumping } from "./jumping";
import { keptDrafts, readDrafts } from "./kept";
import { Line, type LinePorts } from "./line";
import { Own } from "./own";
import type { Api, Bytes, Clock, Connect, CopyKeep, Keep, NewPoll, Result, Unsent, Upload } from "./ports";
import type { SearchQuery } from "./requests";
import { Sender } from "./sender";
import { emptyState, type State, without } from "./state";
import { createStore } from "./store";
import { Sync } from "./sync";
import type { Conversation, Message, Notice, Person } from "./types";
import { TypingNotice } from "./typing";
import { UnsentKeeper } from "./unsent";
import { Uploads } from "./uploads";

export interface ChatPorts extends Pick<LinePorts, "token" | "stale" | "renew" | "diagnose"> {
  api: Api;
  upload: Upload;
  clock: Clock;
  connect: Connect;
  /** Drafts: they outlive the tab. */
  drafts: Keep;
  /** Null: they live as long as the page. */
  unsent: Unsent | null;
  /** Null: nothing of the history outlives the page. */
  copies: CopyKeep | null;
  newId(): string;
}

/** After a refused mark-read, how long the conversation is left alone. */
const READ_RETRY_MS = 5_000;

export class Chat {
  readonly store = createStore<State>(emptyState);
  readonly box = new Box(this.store);
  readonly uploads: Uploads;
  readonly groups: Groups;
  readonly own: Own;
  private readonly notified = new Set<(notice: Notice) => void>();
  private readonly sync: Sync;
  /** What is done to messages that are there. */
  readonly changes: Changer;
  private readonly sender: Sender;
  private readonly unsent: UnsentKeeper | null;
  private readonly copies: CopyKeeper | null;
  private readonly delivering: Delivering;
  private readonly line: Line;
  private readonly typing: TypingNotice;
  private readonly jumping: Jumping;
  private readonly reading = new Map<string, "running" | "again" | "resting">();

  constructor(private readonly ports: ChatPorts) {
    const { api, clock } = ports;
    this.sync = new Sync(this.store, api, clock);
    this.groups = new Groups(this.store, api, (id) => this.sync.refreshRow(id));
    this.own = new Own(this.store, api, clock);
    this.jumping = new Jumping(this.store, api, this.sync);
    this.uploads = new Uploads(ports.upload, ports.newId);
    this.sender = new Sender(
      this.store,
      api,
      this.uploads,
      clock,
      ports.newId,
      () => this.line.alive(),
      () => this.unsent,
    );
    this.unsent =
      ports.unsent && new UnsentKeeper(this.store, ports.unsent, (id) => void this.sender.pump(id));
    this.copies = ports.copies && new CopyKeeper(this.store, ports.copies, clock, () => this.sync.since);
    this.changes = new Changer(this.store, api, (event) => this.sync.event(event));
    this.delivering = new Delivering(this.store, api, clock);
    this.typing = new TypingNotice((id, typing) => this.line.typing(id, typing), clock);
    this.line = new Line({
      ...ports,
      changed: (connection) => {
        const before = this.store.get().connection.name;
        this.store.update((state) => ({ ...state, connection }));
        if (connection.name === "waiting" && before !== "refused") this.showCopies();
        if (connection.name === "online") {
          this.sync.connected();
          this.sender.resume();
          this.changes.resume();
          void this.own.load();
        }
      },
      event: (event) => {
        this.sync.event(event);
        if (event.kind === "notification") for (const tell of this.notified) tell(event);
      },
    });
    this.store.subscribe(() => this.keep());
    this.store.subscribe(() => this.delivering.look());
  }

  /** Signed in (again), or `away` from the server. The same person goes on where they were; of another one nothing is left. */
  begin(me: Person, away = false): void {
    if (this.store.get().me?.id !== me.id) {
      this.uploads.clear();
      this.unsent?.forget();
      this.copies?.stop();
      this.sync.reset();
      this.store.update(() => ({ ...emptyState, me, drafts: readDrafts(this.ports.drafts.read(me.id)) }));
      void this.unsent?.begin(me.id);
      this.copies?.begin(me.id);
    }
    // First of all: who watches the store must not take the former session's end for the end of this one.
    this.line.start();
    this.store.update((state) => ({ ...state, me }));
    if (away) this.showCopies();
    void this.sync.loadList();
  }

  /** The session ended by itself: what was typed stays for the next sign-in. */
  suspend(reason: SignedOutReason): void {
    this.sync.stop();
    this.line.stop(reason);
  }

  /** Signed out on purpose: nothing stays. */
  end(): void {
    const me = this.store.get().me;
    this.sync.stop();
    this.delivering.stop();
    this.line.stop(null);
    this.uploads.clear();
    this.unsent?.erase();
    this.copies?.erase();
    this.store.update((state) => ({ ...emptyState, connection: state.connection }));
    if (me) this.ports.drafts.write(me.id, null);
  }

  wake(): void {
    this.line.wake();
  }

  /** Renews the token. Where the session ended meanwhile, it is noticed. */
  freshen(): void {
    void this.line.freshen();
  }

  reload(): void {
    this.store.update((state) => (state.list === "failed" ? { ...state, list: "loading" } : state));
    void this.sync.loadList();
  }

  open(id: string): Promise<"ok" | "unknown" | "failed"> {
    return this.sync.open(id);
  }

  /** Older than what is shown. */
  older(id: string): Promise<void> {
    return this.store.get().arounds[id] ? this.jumping.older(id) : this.sync.older(id);
  }

  /** Newer than what is shown, where one jumped away from the newest. */
  newer(id: string): Promise<void> {
    return this.jumping.newer(id);
  }

  /** Shows a message, by its number or its id, loaded or not; the screen follows `State.places`. */
  jumpTo(id: string, target: number | string): Promise<Jump> {
    return this.jumping.to(id, target);
  }

  /** Back to the newest messages. */
  jumpToLatest(id: string): void {
    this.jumping.latest(id);
  }

  /** The conversation is no longer on the screen. */
  leave(id: string): void {
    this.jumping.leave(id);
  }

  /** What is in the box: a new message, an answer, or the new text of the one under work. */
  send(conversationId: string, content: string): void {
    if (this.store.get().arounds[conversationId]) this.jumpToLatest(conversationId);
    this.typing.stopped();
    const composing = this.store.get().composing[conversationId];
    this.store.update((state) => plain(state, conversationId));
    if (composing?.kind !== "edit") {
      this.draft(conversationId, "");
      this.sender.send(conversationId, content, composing?.quote);
      return;
    }
    const message = this.message(conversationId, composing.messageId);
    if (message && content !== composing.original) this.changes.edit(message, content);
  }

  createPoll(request: NewPoll): Promise<Result<Message>> {
    return this.ports.api.createPoll(request);
  }

  /** As the server has it, where it is loaded. */
  message(conversationId: string, messageId: string): Message | undefined {
    return findMessage(this.store.get(), conversationId, messageId);
  }

  /** Each as a message of its own, in order; the first one is the answer, where the box holds one without a text. */
  sendFiles(conversationId: string, files: readonly { file: Attachment; bytes: Bytes }[]): void {
    if (files.length === 0) return;
    if (this.store.get().arounds[conversationId]) this.jumpToLatest(conversationId);
    const composing = this.store.get().composing[conversationId];
    let quote = composing?.kind === "reply" ? composing.quote : null;
    if (quote) this.box.cancel(conversationId);
    for (const { file, bytes } of files) {
      this.sender.sendFile(conversationId, file, bytes, quote);
      quote = null;
    }
  }

  retry(conversationId: string, clientId: string): void {
    this.sender.retry(conversationId, clientId);
  }

  discard(conversationId: string, clientId: string): void {
    this.sender.discard(conversationId, clientId);
  }

  /** Takes a failed message back into the composer. Text that stands there already comes after it. */
  takeBack(conversationId: string, clientId: string): void {
    const failed = this.store.get().outbox[conversationId]?.find((o) => o.clientId === clientId);
    if (!failed) return;
    const draft = this.store.get().drafts[conversationId];
    this.sender.discard(conversationId, clientId);
    this.draft(conversationId, draft ? `${failed.content}\n${draft}` : failed.content);
    if (failed.quote) this.box.answer(conversationId, failed.quote);
  }

  draft(conversationId: string, text: string): void {
    this.store.update((state) => {
      if ((state.drafts[conversationId] ?? "") === text) return state;
      return {
        ...state,
        drafts: text ? { ...state.drafts, [conversationId]: text } : without(state.drafts, conversationId),
      };
    });
  }

  typed(conversationId: string): void {
    this.typing.typed(conversationId);
  }

  stoppedTyping(): void {
    this.typing.stopped();
  }

  /** The caller vouches that all of it is on screen in a tab somebody looks at. */
  async markRead(id: string): Promise<void> {
    const conversation = this.store.get().conversations[id];
    if (!conversation || conversation.unread === 0) return;
    if (this.reading.has(id)) {
      if (this.reading.get(id) === "running") this.reading.set(id, "again");
      return;
    }
    this.reading.set(id, "running");
    this.store.update((state) => allRead(state, id));
    const answer = await this.ports.api.markRead(id);
    const again = this.reading.get(id) === "again";
    this.reading.delete(id);
    if (answer.ok) {
      if (again) await this.markRead(id);
      return;
    }
    this.reading.set(id, "resting");
    this.ports.clock.after(READ_RETRY_MS, () => this.reading.delete(id));
    this.store.update((state) => unreadAtLeast(state, id, conversation.unread));
  }

  async create(request: {
    type: "dm" | "group";
    memberIds: string[];
    name?: string;
  }): Promise<Result<Conversation>> {
    const answer = await this.ports.api.create(request);
    if (answer.ok) {
      const conversation = answer.value;
      this.store.update((state) => {
        if (state.conversations[conversation.id]) return state;
        return { ...state, conversations: { ...state.conversations, [conversation.id]: conversation } };
      });
      void this.sync.loadPresence();
    }
    return answer;
  }

  /** The next hits after `cursor`, as long as they are `wanted`. */
  search(query: SearchQuery, cursor: string | null, wanted: () => boolean): Promise<Finds> {
    return findNext((from) => this.ports.api.search(query, from), cursor, this.ports.clock, wanted);
  }

  findConversations(query: string): Promise<Result<Conversation[]>> {
    return this.ports.api.findConversations(query);
  }

  person(id: string): Promise<Result<Person>> {
    return this.ports.api.person(id);
  }

  /** Answers how to stop listening. */
  onNotice(tell: (notice: Notice) => void): () => void {
    this.notified.add(tell);
    return () => this.notified.delete(tell);
  }

  people(query: string): Promise<Result<Person[]>> {
    return this.ports.api.people(query);
  }

  private showCopies(): void {
    void this.copies?.away().then((since) => this.sync.restored(since));
  }

  private kept: State["drafts"] = emptyState.drafts;

  private keep(): void {
    const { me, drafts } = this.store.get();
    if (!me || drafts === this.kept) return;
    this.ports.drafts.write(me.id, keptDrafts(drafts));
    this.kept = drafts;
  }
}

function allRead(state: State, id: string): State {
  const conversation = state.conversations[id];
  if (!conversation) return state;
  const row = { ...conversation, unread: 0, mentioned: false };
  return { ...state, conversations: { ...state.conversations, [id]: row } };
}

function unreadAtLeast(state: State, id: string, unread: number): State {
  const conversation = state.conversations[id];
  if (!conversation || conversation.unread >= unread) return state;
  return { ...state, conversations: { ...state.conversations, [id]: { ...conversation, unread } } };
}
