/** The endpoints of finding, groups and one's own settings. */
import type { Result } from "../model/ports";
import type { Blocked, FindingApi, GroupsApi, Hits, OwnApi } from "../model/requests";
import type { Preferences } from "../model/types";
import type * as wire from "./contract.gen";
import { map, query } from "./endpoints";
import * as normalise from "./normalise";
import type { Rest } from "./rest";

const HITS = 30;
const CONVERSATIONS = 12;

export function finding(rest: Rest): FindingApi {
  return {
    search: async ({ text, conversationId, senderId, type, from, to }, cursor) => {
      const body = {
        query: text,
        conversation_id: conversationId,
        sender_id: senderId,
        type: type as wire.SearchRequest["type"] & string,
        from_date: from,
        to_date: to,
        limit: HITS,
        cursor,
      } satisfies wire.SearchRequest;
      return map(await rest.post<wire.SearchPage>("/messages/search", body), hits);
    },
    findConversations: async (q) =>
      map(
        await rest.get<wire.ConversationPage>(`/conversations/search${query({ q, limit: CONVERSATIONS })}`),
        (raw) => normalise.list(raw).conversations,
      ),
    person: async (id) =>
      map(await rest.get<wire.User>(`/users/${encodeURIComponent(id)}`), normalise.person),
  };
}

function hits(raw: wire.SearchPage): Hits {
  return {
    hits: raw.data.map((hit) => ({
      message: normalise.message(hit),
      conversationName: hit.conversationName,
    })),
    next: raw.pagination.has_more ? raw.pagination.next_cursor : null,
  };
}

export function groups(rest: Rest): GroupsApi {
  const at = (id: string, rest = "") => `/conversations/${encodeURIComponent(id)}${rest}`;
  const member = (id: string, userId: string) => at(id, `/members/${encodeURIComponent(userId)}`);
  return {
    updateGroup: async (id, { name, history }) =>
      map(
        await rest.put<wire.Conversation>(at(id), {
          ...(name === undefined ? {} : { name }),
          ...(history === undefined ? {} : { history_visibility: history }),
        } satisfies wire.ConversationUpdate),
        normalise.conversation,
      ),
    addMembers: (id, userIds) => rest.post(at(id, "/members"), { user_ids: userIds }),
    removeMember: (id, userId) => rest.delete(member(id, userId)),
    setRole: (id, userId, role) => rest.put(member(id, userId), { role }),
    leave: (id) => rest.post(at(id, "/leave")),
    history: async (id) =>
      map(await rest.get<wire.ConversationSettings>(at(id, "/settings")), (raw) => raw.history_visibility),
  };
}

export function own(rest: Rest): OwnApi {
  return {
    mute: (id, muted, until) =>
      rest.put(`/conversations/${encodeURIComponent(id)}/settings`, {
        is_muted: muted,
        mute_until: until,
      } satisfies wire.SettingsRequest),
    preferences: () => preferences(rest.get<wire.Preferences>("/notifications/preferences")),
    changePreferences: (change) => preferences(rest.put("/notifications/preferences", asked(change))),
    blocks: async () =>
      map(await rest.get<wire.Blocks>("/users/blocks"), ({ blocks }) =>
        blocks.map((raw): Blocked => ({ person: normalise.profile(raw.user), at: raw.created_at })),
      ),
    block: (userId) => rest.post("/users/blocks", { user_id: userId }),
    unblock: (userId) => rest.delete(`/users/blocks/${encodeURIComponent(userId)}`),
    clear: (id) => rest.delete(`/messages/conversations/${encodeURIComponent(id)}/clear`),
  };
}

async function preferences(answer: Promise<Result<wire.Preferences>>): Promise<Result<Preferences>> {
  return map(await answer, normalise.preferences);
}

/** What is left out stays as it is. */
function asked(change: Partial<Preferences>): wire.PreferencesRequest {
  const names: Record<keyof Preferences, keyof wire.PreferencesRequest> = {
    sound: "sound_enabled",
    volume: "sound_volume",
    browser: "browser_notifications_enabled",
    messages: "enable_message_notifications",
    mentions: "enable_mention_notifications",
    reactions: "enable_reaction_notifications",
    memberActivity: "enable_member_activity_notifications",
    dnd: "dnd_enabled",
    dndStart: "dnd_start",
    dndEnd: "dnd_end",
    timezone: "timezone",
  };
  return Object.fromEntries(
    Object.entries(change).map(([key, value]) => [names[key as keyof Preferences], value]),
  );
}
