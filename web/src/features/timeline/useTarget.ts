import { useEffect, useMemo, useState } from "react";
import type { Place, Window } from "../../model/state";

/** As long as it takes to find it with the eyes. */
const HIGHLIGHT_MS = 2_500;

/** Where one was sent to: the message to scroll to, and for a moment to mark. */
export interface Target {
  turn: number;
  /** Null: the newest message. */
  messageId: string | null;
  /** It is the message itself, not its neighbour. */
  exact: boolean;
}

export function useTarget(place: Place | undefined, window: Window) {
  const [highlighted, setHighlighted] = useState<string | null>(null);
  // Later messages do not move the target.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the messages as they are when one is sent there.
  const target = useMemo(() => aim(place, window), [place]);
  useEffect(() => {
    const found = target?.exact ? target.messageId : null;
    setHighlighted(found);
    if (!found) return;
    const timer = setTimeout(() => setHighlighted(null), HIGHLIGHT_MS);
    return () => clearTimeout(timer);
  }, [target]);
  return { target, highlighted };
}

/** The message, or where it would be. */
function aim(place: Place | undefined, window: Window): Target | null {
  if (!place || (place.number === null && place.problem)) return null;
  const { number, turn } = place;
  const found = number === null ? undefined : window.messages.find((message) => message.number >= number);
  return { turn, messageId: found?.id ?? null, exact: found !== undefined && !place.problem };
}
