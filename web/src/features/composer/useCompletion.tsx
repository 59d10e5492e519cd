import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { completed, peopleNamed, type Suggestion, tokenAt } from "../../model/completion";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { useChat } from "../hooks";
import { Suggestions } from "./Suggestions";

interface Input {
  box: RefObject<HTMLTextAreaElement | null>;
  text: string;
  onText: (text: string) => void;
  conversation: Conversation;
}

type EmojiSuggested = (query: string) => Suggestion[];

/** Names after @ and emoji after a colon: the arrow keys choose, Enter or Tab takes, Escape leaves the text as it is. */
export function useCompletion({ box, text, onText, conversation }: Input) {
  const me = useChat((state) => state.me?.id);
  const listId = useId();
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  /** Where the token began that one does not want completed. */
  const [refused, setRefused] = useState<number | null>(null);
  const [emoji, setEmoji] = useState<{ suggested: EmojiSuggested } | null>(null);
  const moveTo = useRef<number | null>(null);

  const token = tokenAt(text, caret);
  const wantsEmoji = token?.sign === ":";
  useEffect(() => {
    if (wantsEmoji) void import("../../model/emoji").then((m) => setEmoji({ suggested: m.emojiSuggested }));
  }, [wantsEmoji]);

  const found =
    !token || token.from === refused
      ? []
      : token.sign === "@"
        ? peopleNamed(token.query, conversation, me, t.composing.everyone)
        : (emoji?.suggested(token.query) ?? []);
  const open = found.length > 0;
  const at = Math.min(chosen, found.length - 1);

  useLayoutEffect(() => {
    void text;
    if (moveTo.current === null) return;
    box.current?.setSelectionRange(moveTo.current, moveTo.current);
    moveTo.current = null;
  }, [box, text]);

  function take(suggestion: Suggestion | undefined) {
    if (!token || !suggestion) return;
    insert(completed(text, caret, token, suggestion.insert));
  }

  function insert(next: { text: string; caret: number }) {
    moveTo.current = next.caret;
    onText(next.text);
    setCaret(next.caret);
    setChosen(0);
    box.current?.focus();
  }

  /** True: the key was for the list. */
  function onKeyDown({ key, shiftKey, nativeEvent }: KeyboardEvent): boolean {
    if (!open || nativeEvent.isComposing) return false;
    if (key === "ArrowDown") setChosen((at + 1) % found.length);
    else if (key === "ArrowUp") setChosen((at - 1 + found.length) % found.length);
    else if ((key === "Enter" && !shiftKey) || (key === "Tab" && !shiftKey)) take(found[at]);
    else if (key === "Escape") setRefused(token?.from ?? null);
    else return false;
    return true;
  }

  function onCaret(place: number) {
    if (place === caret) return;
    setCaret(place);
    setChosen(0);
    if (tokenAt(text, place)?.from !== refused) setRefused(null);
  }

  return {
    onKeyDown,
    onCaret,
    /** Puts a text at the caret, an emoji for example. */
    insertHere: (what: string) =>
      insert({ text: text.slice(0, caret) + what + text.slice(caret), caret: caret + what.length }),
    field: open
      ? ({
          "aria-autocomplete": "list",
          "aria-controls": listId,
          "aria-activedescendant": `${listId}-${at}`,
        } as const)
      : {},
    list: open && <Suggestions id={listId} found={found} at={at} onTake={take} />,
  };
}
