import { type KeyboardEvent, type RefObject, useRef } from "react";
import { Icon } from "./Icon";
import type { MenuItem } from "./Menu";
import styles from "./Menu.module.css";
import { Popover } from "./Popover";

interface Props {
  anchor: RefObject<HTMLElement | null>;
  label: string;
  items: readonly MenuItem[];
  onClose: () => void;
}

/** A menu that is opened by more than its button. Arrow keys walk around in it, Home and End go to its ends, a first letter finds. */
export function MenuList({ anchor, label, items, onClose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  function onKeyDown(event: KeyboardEvent) {
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = target(event.key, at, buttons);
    if (to === null) return;
    event.preventDefault();
    buttons[(to + buttons.length) % buttons.length]?.focus();
  }
  return (
    <Popover anchor={anchor} label={label} role="menu" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the menu around it. */}
      <div ref={list} onKeyDown={onKeyDown}>
        {items.map(({ label: name, icon, danger, onSelect }, index) => (
          <button
            key={name}
            type="button"
            role="menuitem"
            tabIndex={-1}
            data-autofocus={index === 0 || undefined}
            className={danger ? `${styles.item} ${styles.danger}` : styles.item}
            onClick={() => {
              onClose();
              onSelect();
            }}
          >
            <Icon name={icon} size={18} />
            {name}
          </button>
        ))}
      </div>
    </Popover>
  );
}

function target(key: string, at: number, buttons: readonly HTMLElement[]): number | null {
  if (key === "ArrowDown") return at + 1;
  if (key === "ArrowUp") return at < 0 ? -1 : at - 1;
  if (key === "Home") return 0;
  if (key === "End") return -1;
  if (key.length !== 1) return null;
  const starts = (button: HTMLElement) => button.textContent?.toLowerCase().startsWith(key.toLowerCase());
  const next = [...buttons.slice(at + 1), ...buttons.slice(0, at + 1)].find(starts);
  return next ? buttons.indexOf(next) : null;
}
