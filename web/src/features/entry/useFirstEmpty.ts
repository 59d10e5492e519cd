import { type RefObject, useEffect } from "react";

/** A form that is all there is on the page takes the focus, at the first thing still to be filled in. */
export function useFirstEmpty(form: RefObject<HTMLFormElement | null>, wanted = true): void {
  useEffect(() => {
    if (!wanted || document.activeElement?.id === "kept-draft") return;
    // A touch screen's keyboard would cover what the page says first.
    if (!window.matchMedia("(hover: hover)").matches) return;
    form.current?.querySelector<HTMLInputElement>('input[value=""]')?.focus();
  }, [form, wanted]);
}
