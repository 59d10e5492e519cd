import { useEffect, useState } from "react";
import type { Failure, Person } from "../../model/types";
import { useChat, useClient } from "../hooks";

const PAUSE_MS = 150;

/** The directory, searched by the server, without oneself. Null until the first answer. */
export function usePeople(query: string): { people: readonly Person[] | null; failure: Failure | null } {
  const { chat } = useClient();
  const me = useChat((state) => state.me?.id);
  const [people, setPeople] = useState<readonly Person[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    let current = true;
    const search = async () => {
      const answer = await chat.people(query.trim());
      if (!current) return;
      setFailure(answer.ok ? null : answer.failure);
      if (answer.ok) setPeople(answer.value.filter((person) => person.id !== me && person.active));
    };
    const timer = setTimeout(search, query ? PAUSE_MS : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [chat, query, me]);
  return { people, failure };
}
