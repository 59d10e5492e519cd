import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { Hit } from "../../model/requests";
import { t } from "../../texts";
import { Button, IconButton } from "../../ui/Button";
import { FormError } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import type { SearchScope } from "../app/panel";
import { useChat, useClient } from "../hooks";
import { openConversation } from "../router";
import { Filters, moments, nothingChosen } from "./Filters";
import { Results } from "./Results";
import styles from "./SearchPanel.module.css";
import { useSearch } from "./useSearch";

interface Props {
  scope: SearchScope;
  /** The conversation beside it. */
  open: string | null;
  onClose: () => void;
}

/** Search beside the conversation: what is found stays while one jumps from one hit to the next. */
export default function SearchPanel({ scope, open, onClose }: Props) {
  const { chat } = useClient();
  const [text, setText] = useState("");
  const [everywhere, setEverywhere] = useState(scope.conversationId === null);
  const [chosen, setChosen] = useState(nothingChosen);
  const [filtering, setFiltering] = useState(false);
  const [active, setActive] = useState(0);
  const [failed, setFailed] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const name = useChat((state) => (open ? state.conversations[open]?.name : undefined));
  const conversationId = everywhere || !name ? null : open;
  const found = useSearch({ text, conversationId, ...chosen, ...moments(chosen) });
  const hits = found.hits ?? [];
  const at = Math.min(active, hits.length - 1);
  const filters = Object.values(chosen).filter(Boolean).length;

  useEffect(() => {
    setEverywhere(scope.conversationId === null);
    input.current?.focus();
    input.current?.select();
  }, [scope]);

  async function choose(hit: Hit) {
    setActive(hits.indexOf(hit));
    const { conversationId: where, number } = hit.message;
    openConversation(where);
    // On a phone the panel lies over what one wants to see.
    if (window.matchMedia("(max-width: 720px)").matches) onClose();
    setFailed((await chat.jumpTo(where, number)) !== "ok");
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && hits.length > 0) {
      event.preventDefault();
      const next = Math.max(0, Math.min(hits.length - 1, at + step));
      setActive(next);
      if (next >= hits.length - 3) found.loadMore();
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: "nearest" });
    }
    const hit = hits[at];
    if (event.key === "Enter" && hit && !event.nativeEvent.isComposing) void choose(hit);
  }

  return (
    <search
      className={styles.panel}
      aria-label={t.search.title}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) onClose();
      }}
    >
      <div className={styles.header}>
        <h2 className={styles.title}>{t.search.title}</h2>
        <IconButton
          icon="filter"
          label={filters > 0 ? t.search.filtersOn(filters) : t.search.filters}
          aria-expanded={filtering}
          className={filters > 0 ? styles.on : undefined}
          onClick={() => setFiltering(!filtering)}
        />
        <IconButton icon="close" label={t.search.close} onClick={onClose} />
      </div>
      <div className={styles.box}>
        <Icon name="search" size={16} />
        <input
          ref={input}
          type="search"
          role="combobox"
          aria-label={t.search.label}
          aria-expanded={hits.length > 0}
          aria-controls={listId}
          aria-activedescendant={hits[at] ? `${listId}-${at}` : undefined}
          placeholder={t.search.placeholder}
          autoComplete="off"
          maxLength={200}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {name && (
        <fieldset className={styles.scope}>
          <legend className="hidden">{t.search.where}</legend>
          {[false, true].map((all) => (
            <label key={String(all)} className={styles.choice}>
              <input type="radio" checked={everywhere === all} onChange={() => setEverywhere(all)} />
              <span dir="auto">{all ? t.search.everywhere : t.search.inside(name)}</span>
            </label>
          ))}
        </fieldset>
      )}
      {filtering && (
        <>
          <Filters chosen={chosen} conversationId={conversationId} onChange={setChosen} />
          {filters > 0 && (
            <Button look="quiet" className={styles.clear} onClick={() => setChosen(nothingChosen)}>
              {t.search.clearFilters}
            </Button>
          )}
        </>
      )}
      {failed && <FormError>{t.jump.failed}</FormError>}
      <Results
        found={found}
        query={text}
        listId={listId}
        active={at}
        inside={conversationId !== null}
        onChoose={choose}
      />
    </search>
  );
}
