/** As long as rows around it are still being measured and pages in front of it arrive. */
const HOLD_MS = 700;

interface Held {
  find: () => Element | null;
  /** Scrolls to where it should be, when it is so far away that it is not drawn. */
  bring?: () => void;
  /** Its distance from the upper edge in pixels, or its middle in the middle. */
  place: number | "centre";
}

/**
 * Keeps an element of a scrolling list in its place until all around it has found its size, or the reader takes over.
 * Answers how to stop it.
 */
export function hold(scroller: HTMLElement, { find, bring, place }: Held): () => void {
  const until = performance.now() + HOLD_MS;
  let frame = 0;
  const look = () => {
    const element = find();
    if (element) {
      const own = element.getBoundingClientRect();
      const frameBox = scroller.getBoundingClientRect();
      const off =
        place === "centre"
          ? own.top + own.height / 2 - frameBox.top - frameBox.height / 2
          : own.top - frameBox.top - place;
      if (Math.abs(off) > 1) scroller.scrollTop += off;
    } else bring?.();
    if (performance.now() < until) frame = requestAnimationFrame(look);
    else stop();
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    for (const kind of READER) scroller.removeEventListener(kind, stop);
  };
  for (const kind of READER) scroller.addEventListener(kind, stop, { passive: true });
  look();
  return stop;
}

const READER = ["wheel", "touchmove", "keydown", "pointerdown"] as const;
