import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import styles from "./Popover.module.css";

interface Props {
  /** What it belongs to: it stands above or below it, wherever there is room. */
  anchor: RefObject<HTMLElement | null>;
  label: string;
  role?: "dialog" | "menu";
  onClose: () => void;
  children: ReactNode;
}

const GAP = 6;
const EDGE = 8;

/**
 * A small surface above the page, on the browser's own popover: a click elsewhere or Escape closes it. Mounted means
 * open; what has data-autofocus gets the focus, and the anchor gets it back.
 */
export function Popover({ anchor, label, role = "dialog", onClose, children }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  }, [onClose]);
  useLayoutEffect(() => {
    const element = ref.current;
    const home = anchor.current;
    if (!element) return;
    const before = document.activeElement;
    const onToggle = (event: Event) => {
      if ((event as ToggleEvent).newState === "closed") close.current();
    };
    if ("showPopover" in element) element.showPopover();
    const place = () => home && stand(element, home.getBoundingClientRect());
    place();
    element.addEventListener("toggle", onToggle);
    element.querySelector<HTMLElement>("[data-autofocus]")?.focus({ preventScroll: true });
    // What is loaded later makes it larger.
    const observer = new ResizeObserver(place);
    observer.observe(element);
    return () => {
      observer.disconnect();
      element.removeEventListener("toggle", onToggle);
      const inside = element.contains(document.activeElement) || document.activeElement === document.body;
      if (inside && before instanceof HTMLElement && before.isConnected)
        before.focus({ preventScroll: true });
    };
  }, [anchor]);
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles take a name.
    <div ref={ref} className={styles.popover} popover="auto" role={role} aria-label={label}>
      {children}
    </div>
  );
}

function stand(element: HTMLElement, home: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = element;
  const above = home.top - GAP - height;
  const below = home.bottom + GAP;
  const top = above >= EDGE ? above : Math.min(below, window.innerHeight - height - EDGE);
  const left = Math.min(home.right - width, window.innerWidth - width - EDGE);
  element.style.top = `${Math.max(EDGE, top)}px`;
  element.style.left = `${Math.max(EDGE, left)}px`;
}
