/** Which dialog is open. One at a time; anything may ask for one. */
import { createContext, useContext } from "react";

export type DialogName = "message" | "group" | "invite" | "settings" | "help" | "switcher";

export const DialogContext = createContext<(name: DialogName | null) => void>(() => {});

export function useDialog(): (name: DialogName | null) => void {
  return useContext(DialogContext);
}
