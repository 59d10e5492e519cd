import { type RefObject, useEffect } from "react";

/**
 * Shows the browser's own <dialog> as a modal while it is mounted: it traps the focus, and the element that had it before
 * gets it back. The first element with data-autofocus gets the focus.
 */
export function useModal(ref: RefObject<HTMLDialogElement | null>): void {
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [ref]);
}
