import { useMemo } from "react";
import type { SearchQuery } from "../../model/requests";
import type { Person } from "../../model/types";
import { t } from "../../texts";
import { Field, Select } from "../../ui/Field";
import { useChat } from "../hooks";
import styles from "./SearchPanel.module.css";

export type Chosen = Pick<SearchQuery, "senderId" | "type"> & {
  /** Days as the date field has them, "2026-01-31"; empty: none. */
  from: string;
  to: string;
};

export const nothingChosen: Chosen = { senderId: null, type: null, from: "", to: "" };

/** Begin and end of local days, as moments. */
export function moments({ from, to }: Chosen): Pick<SearchQuery, "from" | "to"> {
  const at = (day: string, time: string) => {
    const moment = new Date(`${day}T${time}`);
    return day && !Number.isNaN(moment.getTime()) ? moment.toISOString() : null;
  };
  return { from: at(from, "00:00:00"), to: at(to, "23:59:59.999") };
}

interface Props {
  chosen: Chosen;
  conversationId: string | null;
  onChange: (chosen: Chosen) => void;
}

export function Filters({ chosen, conversationId, onChange }: Props) {
  const people = useKnownPeople(conversationId);
  return (
    <div className={styles.filters}>
      <Select
        label={t.search.from}
        value={chosen.senderId ?? ""}
        onChange={(event) => onChange({ ...chosen, senderId: event.target.value || null })}
      >
        <option value="">{t.search.anybody}</option>
        {people.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
      <Select
        label={t.search.type}
        value={chosen.type ?? ""}
        onChange={(event) => onChange({ ...chosen, type: event.target.value || null })}
      >
        <option value="">{t.search.anything}</option>
        {Object.entries(t.search.types).map(([type, name]) => (
          <option key={type} value={type}>
            {name}
          </option>
        ))}
      </Select>
      <Field
        label={t.search.since}
        type="date"
        value={chosen.from}
        max={chosen.to || undefined}
        onChange={(event) => onChange({ ...chosen, from: event.target.value })}
      />
      <Field
        label={t.search.until}
        type="date"
        value={chosen.to}
        min={chosen.from || undefined}
        onChange={(event) => onChange({ ...chosen, to: event.target.value })}
      />
    </div>
  );
}

/** Everybody one shares the conversation with, or any conversation, by name. */
function useKnownPeople(conversationId: string | null): Person[] {
  const conversations = useChat((state) => state.conversations);
  return useMemo(() => {
    const known = new Map<string, Person>();
    const looked = conversationId ? [conversations[conversationId]] : Object.values(conversations);
    for (const conversation of looked)
      for (const { userId, person } of conversation?.members ?? []) known.set(userId, person);
    return [...known.values()].sort((a, b) => a.name.localeCompare(b.name));
  }, [conversations, conversationId]);
}
