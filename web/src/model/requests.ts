/** What can be asked of the server besides messages: finding, groups, and one's own settings. Part of the port `Api`. */
import type { Result } from "./ports";
import type { Conversation, Message, Person, Preferences } from "./types";

export interface SearchQuery {
  text: string;
  /** Null: everywhere. */
  conversationId: string | null;
  senderId: string | null;
  type: string | null;
  /** ISO moments, both included. */
  from: string | null;
  to: string | null;
}

export interface Hit {
  message: Message;
  conversationName: string;
}

export interface Hits {
  hits: Hit[];
  next: string | null;
}

export interface FindingApi {
  search(query: SearchQuery, cursor: string | null): Promise<Result<Hits>>;
  findConversations(query: string): Promise<Result<Conversation[]>>;
  person(id: string): Promise<Result<Person>>;
}

/** From when on people who are added may read. */
export type History = "joined" | "all";

export interface GroupsApi {
  updateGroup(id: string, change: { name?: string; history?: History }): Promise<Result<Conversation>>;
  addMembers(id: string, userIds: readonly string[]): Promise<Result<unknown>>;
  removeMember(id: string, userId: string): Promise<Result<unknown>>;
  setRole(id: string, userId: string, role: "admin" | "member"): Promise<Result<unknown>>;
  leave(id: string): Promise<Result<unknown>>;
  history(id: string): Promise<Result<History>>;
}

export interface Blocked {
  person: Person;
  at: string;
}

export interface OwnApi {
  /** @param until ISO; null: until it is unmuted. */
  mute(id: string, muted: boolean, until: string | null): Promise<Result<unknown>>;
  preferences(): Promise<Result<Preferences>>;
  changePreferences(change: Partial<Preferences>): Promise<Result<Preferences>>;
  blocks(): Promise<Result<Blocked[]>>;
  block(userId: string): Promise<Result<unknown>>;
  unblock(userId: string): Promise<Result<unknown>>;
  /** Hides everything there is in a conversation, for us only. */
  clear(id: string): Promise<Result<unknown>>;
}
