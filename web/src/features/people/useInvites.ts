import { useChat, useClient } from "../hooks";

/** May I invite people? Where accounts live at the host, that is done there. */
export function useInvites(): boolean {
  const { host } = useClient();
  const admin = useChat((state) => state.me?.role === "ADMIN");
  return admin && host === null;
}
