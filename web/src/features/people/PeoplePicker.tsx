import { type KeyboardEvent, useId, useState } from "react";
import type { Person } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { FormError } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Spinner } from "../../ui/Spinner";
import { useDialog } from "../app/dialogs";
import { useChat } from "../hooks";
import styles from "./PeoplePicker.module.css";
import { usePeople } from "./usePeople";

interface Props {
  chosen: readonly Person[];
  onToggle: (person: Person) => void;
  multiple: boolean;
  /** The search gets the focus when the dialog opens. */
  focus?: boolean;
  /** Those who need not be offered. */
  without?: ReadonlySet<string>;
}

/** A searchable list of people: type, arrows to move, Enter to choose. */
export function PeoplePicker({ chosen, onToggle, multiple, focus = false, without }: Props) {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const listId = useId();
  const { people, failure } = usePeople(query);
  const found = (people ?? []).filter((person) => !without?.has(person.id));
  const at = Math.min(active, found.length - 1);
  const isChosen = (person: Person) => chosen.some((other) => other.id === person.id);

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = Math.max(0, Math.min(found.length - 1, at + step));
      setActive(next);
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: "nearest" });
    }
    const person = found[at];
    if (event.key === "Enter" && person && !event.nativeEvent.isComposing) {
      // The second Enter on somebody chosen submits the form.
      if (!multiple && isChosen(person)) return;
      event.preventDefault();
      onToggle(person);
    }
  }

  return (
    <div className={styles.picker}>
      <div className={styles.search}>
        <Icon name="search" size={16} />
        <input
          type="search"
          role="combobox"
          aria-label={t.people.search}
          aria-expanded={found.length > 0}
          aria-controls={listId}
          aria-activedescendant={found[at] ? `${listId}-${at}` : undefined}
          placeholder={t.people.searchHint}
          autoComplete="off"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          data-autofocus={focus || undefined}
        />
      </div>
      {failure && <FormError>{t.failure(failure)}</FormError>}
      <div className={styles.frame}>
        {people === null && !failure && <Spinner label={t.loading} />}
        {people !== null && found.length === 0 && (
          <Nobody query={query.trim()} all={(people?.length ?? 0) > 0} />
        )}
        <div
          id={listId}
          className={styles.list}
          role="listbox"
          aria-label={t.people.results}
          aria-multiselectable={multiple}
        >
          {found.map((person, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the search box (combobox).
            // biome-ignore lint/a11y/useFocusableInteractive: a combobox keeps the focus in its input.
            <div
              key={person.id}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={isChosen(person)}
              className={index === at ? `${styles.option} ${styles.active}` : styles.option}
              onClick={() => {
                setActive(index);
                onToggle(person);
              }}
            >
              <Avatar id={person.id} name={person.name} image={person.image} size={34} />
              <span className={styles.who}>
                <span className={styles.name} dir="auto">
                  {person.name}
                </span>
                <span className={styles.about}>{person.about || person.email}</span>
              </span>
              {isChosen(person) && <Icon name="check" />}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

/** @param all everybody who was found need not be offered */
function Nobody({ query, all }: { query: string; all: boolean }) {
  const admin = useChat((state) => state.me?.role === "ADMIN");
  const openDialog = useDialog();
  if (all) return <p className={styles.nobody}>{t.people.allThere}</p>;
  if (query) return <p className={styles.nobody}>{t.people.nobodyFound(query)}</p>;
  return (
    <div className={styles.nobody}>
      <p>{t.people.nobody}</p>
      {admin && (
        <Button icon="link" onClick={() => openDialog("invite")}>
          {t.list.invite}
        </Button>
      )}
    </div>
  );
}
