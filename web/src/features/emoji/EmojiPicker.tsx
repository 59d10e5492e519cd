import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { emojiNamed, often } from "../../model/emoji";
import { t } from "../../texts";
import styles from "./EmojiPicker.module.css";

interface Props {
  /** The accessible name of one, by what it is called. */
  label: (name: string) => string;
  onPick: (emoji: string) => void;
}

const COLUMNS = 8;
const names = new Map(emojiNamed("").map(({ emoji, name }) => [emoji, name]));

/** Often used ones, a search by name, and all of them; arrow keys walk over the grid. */
export default function EmojiPicker({ label, onPick }: Props) {
  const [query, setQuery] = useState("");
  const found = useMemo(() => emojiNamed(query), [query]);
  const grid = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent) {
    const buttons = [...(grid.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (!step || (at < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    if (at >= 0 && at + step < 0) grid.current?.parentElement?.querySelector("input")?.focus();
    else buttons[at < 0 ? 0 : Math.min(at + step, buttons.length - 1)]?.focus();
  }
  const one = (emoji: string, tabbable: boolean) => (
    <button
      key={emoji}
      type="button"
      className={styles.emoji}
      tabIndex={tabbable ? 0 : -1}
      aria-label={label(names.get(emoji) ?? emoji)}
      title={names.get(emoji)}
      data-emoji={emoji}
      onClick={() => onPick(emoji)}
    >
      {emoji}
    </button>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys belong to the grid and the field above it.
    <div className={styles.picker} onKeyDown={onKeyDown} data-testid="emoji-picker">
      <input
        type="search"
        className={styles.search}
        aria-label={t.reactions.search}
        placeholder={t.reactions.search}
        value={query}
        data-autofocus
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          // Around it may be the form of a message, which is not sent by this.
          event.preventDefault();
          if (found[0] && query) onPick(found[0].emoji);
        }}
      />
      {!query && (
        <fieldset className={styles.often} aria-label={t.reactions.quick}>
          {often.map((emoji) => one(emoji, true))}
        </fieldset>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons, no fields. */}
      <div ref={grid} className={styles.grid} role="group" aria-label={t.reactions.picker}>
        {found.map(({ emoji }, index) => one(emoji, index === 0))}
      </div>
      {found.length === 0 && <p className={styles.none}>{t.reactions.none(query)}</p>}
    </div>
  );
}
