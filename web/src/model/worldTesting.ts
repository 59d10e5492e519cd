/**
 * For `random.test.ts` only: a server with one group, in which everything that can happen does, by chance. What it answers
 * is always made from its present state; what it tells is what the real one would tell one member, `me`.
 */
import { lastOf } from "./messages";
import type { Missed, MissedHere } from "./ports";
import type { Random } from "./randomTesting";
import { read } from "./receipts";
import { at, conversation, message, noFacts, person, stateWith } from "./testing";
import type { ChatEvent, Conversation, Member, Message, MessageChange, NumberedEvent, Page } from "./types";

/** As on the real server, but for less. */
const TOO_FAR = 40;
const AT_ONCE = 7;

const OTHERS = ["ben", "cleo", "dan", "eve"];
const EMOJI = ["+1", "tada", "heart"];
const member = (userId: string): Member => ({ userId, role: "member", person: person(userId) });

export class World {
  seq = 0;
  messages: Message[] = [];
  members = ["me", "ben", "cleo"].map(member);
  online = new Set<string>();
  name = "Team";
  muted = false;
  joined = 0;
  private hidden = new Set<string>();
  private cleared = 0;
  private positions = stateWith({ conversations: {} });
  private readonly journal: NumberedEvent[] = [];
  /** Receipts, in the order they moved. */
  private readonly moved: { kind: "read" | "delivered"; userId: string }[] = [];

  constructor(private readonly random: Random) {}

  /** One thing happens. Answers what `me` is told. */
  step(): ChatEvent[] {
    const happenings = [
      this.write,
      this.write,
      this.write,
      this.change,
      this.change,
      this.change,
      this.look,
      this.look,
      this.belong,
      this.own,
      this.come,
    ];
    const events = this.one(happenings).call(this);
    for (const event of events) {
      if ("seq" in event && event.kind !== "conversation") this.journal.push(event);
      if (event.kind === "read" || event.kind === "delivered") this.moved.push(event);
    }
    return events;
  }

  missed({
    positions,
    since,
  }: {
    positions: Readonly<Record<string, number>>;
    since: string | null;
  }): Missed {
    const position = positions.c;
    const known = position !== undefined && this.seq - position <= TOO_FAR;
    const { events, more } = known ? this.missedAfter(position) : { events: [], more: false };
    const atTheEnd = known && !more;
    const from = Number(since ?? 0);
    const upTo = atTheEnd ? Math.min(this.moved.length, from + AT_ONCE) : this.moved.length;
    return {
      epoch: "e",
      at: String(upTo),
      events: atTheEnd ? [...events, ...this.unnumbered(from, upTo)] : events,
      more,
      moreReceipts: upTo < this.moved.length,
      tooFar: position !== undefined && !known ? ["c"] : [],
      left: [],
      heads: { c: this.seq },
      cleared: this.cleared > 0 ? { c: this.cleared } : {},
    };
  }

  missedAfter(after: number): MissedHere {
    const events = this.journal.slice(after, after + AT_ONCE).map((event) => this.asNow(event));
    return { events, more: after + events.length < this.seq, begins: 0, head: this.seq };
  }

  /** Told again, with what is true now. */
  private asNow(event: NumberedEvent): NumberedEvent {
    const id = event.kind === "message" ? event.message.id : "messageId" in event ? event.messageId : null;
    if (id === null) return event;
    const { conversationId, seq } = event;
    const message = this.messages.find((m) => m.id === id && m.number > this.cleared);
    // What is hidden from us may still be quoted.
    if (!message || (event.kind === "message" && this.hidden.has(id)))
      return { kind: "unseen", conversationId, seq };
    const { content, facts, editedAt, deletedAt, poll } = message;
    if (event.kind === "message") return { ...event, message: this.withReceipts(message) };
    if (event.kind === "edited") return { ...event, content, facts, editedAt, deletedAt };
    if (event.kind === "previewed") return { ...event, facts };
    if (event.kind === "polled") return poll ? { ...event, poll } : { kind: "unseen", conversationId, seq };
    return event;
  }

  private unnumbered(from: number, upTo: number): ChatEvent[] {
    const hidden = [...this.hidden].map(
      (messageId) => ({ kind: "hidden", conversationId: "c", messageId }) as const,
    );
    const receipts = this.moved.slice(from, upTo).map(({ kind, userId }) => {
      const number = this.position(kind === "read" ? "reads" : "deliveries", userId);
      return { kind, conversationId: "c", userId, number };
    });
    return [...hidden, ...receipts];
  }

  row(): Conversation {
    const last = this.visible().at(-1);
    return conversation("c", {
      type: "group",
      name: this.name,
      members: this.members,
      memberCount: this.members.length,
      muted: this.muted,
      unread: this.messages.length - this.position("reads", "me"),
      last: last ? lastOf(last) : null,
    });
  }

  page(cursor: string | null, limit = 50): Page {
    const before = cursor === null ? Number.POSITIVE_INFINITY : Number(cursor.slice(4));
    const all = this.visible().filter(({ number }) => number < before);
    const shown = all.slice(-limit);
    const older = all.length > shown.length ? `seq:${shown[0]?.number}` : null;
    return { messages: shown.map((m) => this.withReceipts(m)), older, seq: this.seq };
  }

  private withReceipts(of: Message): Message {
    const others = this.members.map((m) => m.userId).filter((id) => id !== of.senderId);
    const reached = (kind: "reads" | "deliveries") =>
      others.filter((id) => this.position(kind, id) >= of.number);
    return { ...of, readBy: reached("reads"), deliveredTo: reached("deliveries") };
  }

  private visible(): Message[] {
    return this.messages.filter(({ id, number }) => number > this.cleared && !this.hidden.has(id));
  }

  private position(kind: "reads" | "deliveries", userId: string): number {
    return this.positions[kind].c?.[userId] ?? 0;
  }

  private write(): ChatEvent[] {
    const sender = this.one(this.members).userId;
    const number = this.messages.length + 1;
    const quoted = this.random() < 0.3 ? this.one(this.visible()) : undefined;
    const system = this.random() < 0.1;
    const poll = {
      id: `p${number}`,
      question: "?",
      multiple: false,
      closed: false,
      expiresAt: null,
      options: [
        { id: "a", text: "A", voters: [] },
        { id: "b", text: "B", voters: [] },
      ],
    };
    const written = message(number, {
      senderId: sender,
      senderName: sender,
      type: system ? "SYSTEM" : "TEXT",
      poll: this.random() < 0.2 ? poll : null,
      replyToId: quoted?.id ?? null,
      quote: quoted ? { ...quoted, deleted: quoted.deletedAt !== null } : null,
    });
    if (written.quote) {
      const { id, number: n, senderId, senderName, content, type, deleted } = written.quote;
      written.quote = { id, number: n, senderId, senderName, content, type, deleted };
    }
    this.messages = [...this.messages, written];
    if (!system) this.positions = read(this.positions, "c", sender, number);
    return [{ kind: "message", conversationId: "c", seq: ++this.seq, message: written }];
  }

  private change(): ChatEvent[] {
    const target = this.one(this.messages);
    if (!target || target.deletedAt !== null || target.type === "SYSTEM") return [];
    const change = this.chosen(target);
    if (!change) return [];
    this.messages = this.messages.map((m) => {
      if (m.id === target.id) return this.changed(m, change);
      if (m.quote?.id !== target.id || change.kind !== "edited") return m;
      return { ...m, quote: { ...m.quote, content: change.content, deleted: change.deletedAt !== null } };
    });
    const seq = ++this.seq;
    if (target.number <= this.cleared) return [{ kind: "unseen", conversationId: "c", seq }];
    return [{ ...change, conversationId: "c", seq }];
  }

  private chosen({ id, reactions, poll }: Message): MessageChange | null {
    const userId = this.one(this.members).userId;
    const messageId = id;
    const when = at(1_000 + this.seq);
    const dice = this.random();
    if (dice < 0.2) return this.edited(messageId, { content: `edited ${this.seq}`, editedAt: when });
    if (dice < 0.3) return this.edited(messageId, { content: "", editedAt: null, deletedAt: when });
    if (dice < 0.6) return { kind: "reacted", messageId, reaction: { userId, emoji: this.one(EMOJI) } };
    if (dice < 0.75) {
      const gone = this.one(reactions);
      return gone ? { kind: "unreacted", messageId, ...gone } : null;
    }
    if (dice < 0.85) {
      const preview = { url: "u", title: `t${this.seq}`, description: "", image: null, domain: "d" };
      return { kind: "previewed", messageId, facts: { ...noFacts, preview } };
    }
    if (!poll || poll.closed) return null;
    if (dice > 0.95) return { kind: "polled", messageId, poll: { ...poll, closed: true } };
    const choice = this.one(poll.options).id;
    const options = poll.options.map((option) => {
      const voters = option.voters.filter((voter) => voter !== userId);
      return { ...option, voters: option.id === choice ? [...voters, userId] : voters };
    });
    return { kind: "polled", messageId, poll: { ...poll, options } };
  }

  private edited(messageId: string, over: { content: string; editedAt: string | null; deletedAt?: string }) {
    return { kind: "edited", messageId, facts: noFacts, deletedAt: null, ...over } as const;
  }

  /** Written anew here, so that the client's way of doing it is compared with something. */
  private changed(m: Message, change: MessageChange): Message {
    if (change.kind === "polled") return { ...m, poll: change.poll };
    if (change.kind === "previewed") return { ...m, facts: change.facts };
    if (change.kind === "edited") {
      const { content, facts, editedAt, deletedAt } = change;
      const rest = deletedAt === null ? {} : { reactions: [], poll: null };
      return { ...m, content, facts, editedAt, deletedAt, ...rest };
    }
    const userId = change.kind === "reacted" ? change.reaction.userId : change.userId;
    const others = m.reactions.filter((reaction) => reaction.userId !== userId);
    return { ...m, reactions: change.kind === "reacted" ? [...others, change.reaction] : others };
  }

  /** Somebody has read, or got, all of it or a part. */
  private look(): ChatEvent[] {
    const { userId } = this.one(this.members);
    // A row of the list does not tell of hidden messages after the last one: there a part cannot be told from all.
    const unclear = userId === "me" && this.visible().at(-1) !== this.messages.at(-1);
    const part = this.random() < 0.3 && !unclear ? this.random() : 1;
    const number = Math.floor(this.messages.length * part);
    const kind = this.random() < 0.5 ? "read" : "delivered";
    const known = this.position(kind === "read" ? "reads" : "deliveries", userId);
    if (number <= known) return [];
    if (kind === "read") this.positions = read(this.positions, "c", userId, number);
    else {
      const now = { ...this.positions.deliveries.c, [userId]: number };
      this.positions = { ...this.positions, deliveries: { c: now } };
    }
    return [{ kind, conversationId: "c", userId, number }];
  }

  private belong(): ChatEvent[] {
    const about = { conversationId: "c", seq: this.seq + 1 };
    const absent = OTHERS.filter((id) => !this.members.some(({ userId }) => userId === id));
    const present = this.members.filter(({ userId }) => userId !== "me");
    const dice = this.random();
    if (dice < 0.3 && absent.length > 0) {
      const userId = this.one(absent);
      this.joined++;
      this.members = [...this.members, member(userId)];
      this.positions = read(this.positions, "c", userId, this.messages.length);
      this.seq++;
      const added = [{ userId, name: userId, role: "member" as const }];
      return [{ ...about, kind: "members_added", added, memberCount: this.members.length }];
    }
    if (dice < 0.5 && present.length > 1) {
      const { userId } = this.one(present);
      this.members = this.members.filter((m) => m.userId !== userId);
      this.seq++;
      return [{ ...about, kind: "member_removed", userId, memberCount: this.members.length }];
    }
    if (dice < 0.75) {
      const { userId } = this.one(this.members);
      const role = this.random() < 0.5 ? "admin" : "member";
      this.members = this.members.map((m) => (m.userId === userId ? { ...m, role } : m));
      this.seq++;
      return [{ ...about, kind: "member_changed", userId, role }];
    }
    this.name = `Team ${++this.seq}`;
    return [{ ...about, kind: "conversation_changed", name: this.name, avatarUrl: null, history: "all" }];
  }

  /** What another device of ours does. */
  private own(): ChatEvent[] {
    const dice = this.random();
    if (dice < 0.5) {
      const target = this.one(this.visible());
      if (!target) return [];
      this.hidden.add(target.id);
      return [{ kind: "hidden", conversationId: "c", messageId: target.id }];
    }
    if (dice < 0.6) {
      const number = this.messages.length;
      this.cleared = number;
      this.positions = read(this.positions, "c", "me", number);
      return [
        { kind: "cleared", conversationId: "c", number },
        { kind: "read", conversationId: "c", userId: "me", number },
      ];
    }
    this.muted = !this.muted;
    return [{ kind: "muted", conversationId: "c", muted: this.muted, until: null }];
  }

  private come(): ChatEvent[] {
    const userId = this.one(OTHERS);
    const online = !this.online.has(userId);
    if (online) this.online.add(userId);
    else this.online.delete(userId);
    return [{ kind: "presence", userId, online }];
  }

  private one<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }
}
