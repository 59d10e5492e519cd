/** Which dialog is open. One at a time; anything may ask for one. */
import { createContext, useContext } from "react";

export type DialogName = "message" | "group" | "invite" | "settings" | "help" | "switcher";

/** A dialog about somebody or something in particular. */
export type DialogAbout =
  | { name: "profile"; personId: string }
  | { name: "details"; conversationId: string }
  | { name: "add"; conversationId: string }
  | { name: "leave" | "clear"; conversationId: string };

export type DialogRequest = DialogName | DialogAbout;

export const DialogContext = createContext<(request: DialogRequest | null) => void>(() => {});

export function useDialog(): (request: DialogRequest | null) => void {
  return useContext(DialogContext);
}
