/** The server's endpoints as the model's `Api`, and the ones only screens need. */
import type { Api, Result } from "../model/ports";
import type * as wire from "./contract.gen";
import * as normalise from "./normalise";
import { missed, missedHere } from "./normaliseMissed";
import { finding, groups, own } from "./requests";
import type { Rest } from "./rest";

const LIST_PAGE = 100;
const MESSAGE_PAGE = 50;
const PEOPLE = 50;
/** The most the server gives at once. */
const EVENTS = 500;

export function createApi(rest: Rest): Api {
  return {
    me: async () => map(await rest.get<wire.User>("/users/me"), normalise.person),
    people: async (q) =>
      map(await rest.get<wire.User[]>(`/users/${query({ q, limit: PEOPLE })}`), (users) =>
        users.map(normalise.person),
      ),
    online: () => rest.get<string[]>("/users/presence/online"),
    conversations: async (cursor) =>
      map(
        await rest.get<wire.ConversationPage>(`/conversations/${query({ limit: LIST_PAGE, cursor })}`),
        normalise.list,
      ),
    conversation: async (id) =>
      map(
        await rest.get<wire.Conversation>(`/conversations/${encodeURIComponent(id)}`),
        normalise.conversation,
      ),
    create: async ({ type, memberIds, name }) =>
      map(
        await rest.post<wire.Conversation>("/conversations/", {
          type,
          member_ids: memberIds,
          ...(name ? { name } : {}),
        }),
        normalise.conversation,
      ),
    messages: async (id, cursor, limit = MESSAGE_PAGE) => {
      const path = `/messages/conversations/${encodeURIComponent(id)}/messages${query({ limit, cursor })}`;
      let seq: number | null = null;
      const seen = (headers: Headers) => {
        seq = Number(headers.get("X-Conversation-Seq") ?? Number.NaN);
      };
      const answer = await rest.get<wire.MessagePage>(path, { seen });
      return map(answer, (raw) => normalise.page(raw, seq));
    },
    message: async (id) =>
      map(await rest.get<wire.Message>(`/messages/${encodeURIComponent(id)}`), normalise.message),
    sync: async (request) =>
      map(await rest.post<wire.SyncAnswer>("/sync", request satisfies wire.SyncRequest), missed),
    events: async (id, after) => {
      const path = `/conversations/${encodeURIComponent(id)}/events${query({ after, limit: EVENTS })}`;
      return map(await rest.get<wire.EventsAnswer>(path), missedHere);
    },
    send: async ({ conversationId, content, clientId, replyToId }) =>
      map(
        await rest.post<wire.Message>("/messages/", {
          conversation_id: conversationId,
          content,
          client_id: clientId,
          ...(replyToId ? { reply_to_id: replyToId } : {}),
        }),
        normalise.message,
      ),
    edit: async (id, content) =>
      map(await rest.put<wire.Message>(message(id), { content }), normalise.message),
    remove: async (id, everyone) =>
      map(
        await rest.delete<wire.Deleted>(message(id), { delete_for_everyone: everyone }),
        (raw) => raw.deleted_at,
      ),
    react: async (id, emoji) =>
      map(await rest.post<wire.Reaction>(`${message(id)}/reactions`, { emoji }), normalise.reaction),
    unreact: async (id, emoji) =>
      map(await rest.delete(`${message(id)}/reactions/${encodeURIComponent(emoji)}`), () => true as const),
    markRead: async (id) =>
      map(await rest.post(`/conversations/${encodeURIComponent(id)}/mark-read`), () => true as const),
    markDelivered: async (id) =>
      map(await rest.post("/messages/mark-delivered", { conversation_id: id }), () => true as const),
    createPoll: async ({ conversationId, question, options, multiple, expiresAt }) =>
      map(
        await rest.post<wire.PollCreated>("/polls/", {
          conversation_id: conversationId,
          question,
          options: options.map((text, position) => ({ option_text: text, position })),
          multiple_choice: multiple,
          ...(expiresAt ? { expires_at: expiresAt } : {}),
        }),
        (raw) => normalise.message(raw.message),
      ),
    vote: async (id, optionIds) =>
      map(await rest.post<wire.Voted>(`${poll(id)}/vote`, { option_ids: optionIds }), (raw) =>
        normalise.poll(raw.poll),
      ),
    ...finding(rest),
    ...groups(rest),
    ...own(rest),
    closePoll: async (id) => map(await rest.put<wire.Poll>(`${poll(id)}/close`), normalise.poll),
  };
}

const message = (id: string) => `/messages/${encodeURIComponent(id)}`;
const poll = (id: string) => `/polls/${encodeURIComponent(id)}`;

export interface Invitation {
  id: string;
  token: string | null;
  maxUses: number;
  uses: number;
  expiresAt: string;
  revoked: boolean;
}

export interface Invitations {
  create(request: { maxUses: number; expiresInHours: number }): Promise<Result<Invitation>>;
  list(): Promise<Result<Invitation[]>>;
  revoke(id: string): Promise<Result<unknown>>;
}

export function createInvitations(rest: Rest): Invitations {
  return {
    create: async ({ maxUses, expiresInHours }) =>
      map(
        await rest.post<wire.Invitation>("/auth/invitations", {
          max_uses: maxUses,
          expires_in_hours: expiresInHours,
        }),
        invitation,
      ),
    list: async () =>
      map(await rest.get<wire.Invitation[]>("/auth/invitations"), (all) => all.map(invitation)),
    revoke: (id) => rest.delete(`/auth/invitations/${encodeURIComponent(id)}`),
  };
}

export function checkInvitation(open: Rest, token: string): Promise<Result<wire.InvitationCheck>> {
  return open.post("/auth/invitations/check", { token } satisfies wire.InvitationCheckRequest);
}

function invitation(raw: wire.Invitation): Invitation {
  const { id, token, maxUses, uses, expiresAt, revokedAt } = raw;
  return { id, token, maxUses, uses, expiresAt, revoked: revokedAt !== null };
}

export function map<A, B>(result: Result<A>, to: (value: A) => B): Result<B> {
  return result.ok ? { ok: true, value: to(result.value) } : result;
}

export function query(values: Record<string, string | number | null>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== null) params.set(key, String(value));
  return `?${params}`;
}
