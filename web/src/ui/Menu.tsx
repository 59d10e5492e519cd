import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { IconButton } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./Menu.module.css";

export interface MenuItem {
  label: string;
  icon: IconName;
  danger?: boolean;
  /** A line above it. */
  apart?: boolean;
  onSelect: () => void;
}

interface Props {
  label: string;
  icon: IconName;
  items: readonly MenuItem[];
  className?: string;
}

/** A button with a list of things to do, on the browser's own popover: it closes on Escape and on a click elsewhere. */
export function Menu({ label, icon, items, className }: Props) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  // When its entries are there, it has its size.
  useLayoutEffect(() => {
    const menu = list.current;
    const anchor = button.current?.getBoundingClientRect();
    if (!open || !menu || !anchor) return;
    const { offsetWidth: width, offsetHeight: height } = menu;
    const below = anchor.bottom + 4 + height <= window.innerHeight;
    menu.style.top = `${below ? anchor.bottom + 4 : Math.max(8, anchor.top - height - 4)}px`;
    menu.style.left = `${Math.max(8, Math.min(anchor.right - width, window.innerWidth - width - 8))}px`;
    entries(menu)[0]?.focus();
  }, [open]);

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const all = entries(event.currentTarget);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to =
      event.key === "ArrowDown"
        ? (at + 1) % all.length
        : event.key === "ArrowUp"
          ? (at + all.length - 1) % all.length
          : event.key === "Home"
            ? 0
            : event.key === "End"
              ? all.length - 1
              : -1;
    if (event.key === "Tab") list.current?.hidePopover();
    if (to < 0) return;
    event.preventDefault();
    all[to]?.focus();
  }

  return (
    <>
      <IconButton
        ref={button}
        icon={icon}
        label={label}
        className={className}
        popoverTarget={id}
        aria-haspopup="menu"
        aria-expanded={open}
      />
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        className={styles.menu}
        onToggle={(event) => setOpen(event.newState === "open")}
        onKeyDown={onKeyDown}
      >
        {open &&
          items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={[styles.item, item.danger && styles.danger, item.apart && styles.apart]
                .filter(Boolean)
                .join(" ")}
              onClick={() => {
                list.current?.hidePopover();
                button.current?.focus();
                item.onSelect();
              }}
            >
              <Icon name={item.icon} size={18} />
              {item.label}
            </button>
          ))}
      </div>
    </>
  );
}

function entries(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
}
