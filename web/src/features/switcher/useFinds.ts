import { useEffect, useState } from "react";
import { conversationOrder, matching, partner } from "../../model/select";
import type { Conversation, Person } from "../../model/types";
import { useChat, useClient } from "../hooks";
import { usePeople } from "../people/usePeople";

const MOST = 12;
const MOST_PEOPLE = 6;
const PAUSE_MS = 150;
/** In a shorter list everything the server would find is before our eyes. */
const LONG_LIST = 50;

export type Find = { kind: "conversation"; conversation: Conversation } | { kind: "person"; person: Person };

/** Conversations by name, the latest first; then people one has no conversation with yet. */
export function useFinds(query: string): Find[] {
  const order = useChat((state) => conversationOrder(state.conversations));
  const me = useChat((state) => state.me?.id);
  const asked = query.trim();
  const farther = useFarther(asked, order.length >= LONG_LIST);
  const { people } = usePeople(query);
  const near = matching(order, asked);
  const known = new Set(near.map(({ id }) => id));
  const found = [...near, ...farther.filter(({ id }) => !known.has(id))].slice(0, MOST);
  const partners = new Set(found.map((conversation) => partner(conversation, me)?.id));
  const strangers = asked ? (people ?? []).filter((person) => !partners.has(person.id)) : [];
  return [
    ...found.map((conversation): Find => ({ kind: "conversation", conversation })),
    ...strangers.slice(0, MOST_PEOPLE).map((person): Find => ({ kind: "person", person })),
  ];
}

/** What the server finds in a long list, also while it is still loading. */
function useFarther(asked: string, wanted: boolean): readonly Conversation[] {
  const { chat } = useClient();
  const [found, setFound] = useState<readonly Conversation[]>([]);
  useEffect(() => {
    let current = true;
    setFound([]);
    if (!asked || !wanted) return;
    const timer = setTimeout(async () => {
      const answer = await chat.findConversations(asked);
      if (current && answer.ok) setFound(answer.value);
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [chat, asked, wanted]);
  return found;
}
