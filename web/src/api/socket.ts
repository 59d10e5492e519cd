/** The only file that knows the socket library. One socket per attempt: when to try again is the model's decision. */
import { io } from "socket.io-client";
import type { Place } from "../model/diagnose";
import type { Connect, Connection, SocketHandlers } from "../model/ports";
import { events } from "./normalise";

const CONNECT_TIMEOUT_MS = 10_000;
const AUTH_TIMEOUT_MS = 10_000;

export function createConnect(place: Place): Connect {
  // Some proxies take a websocket and then let it die, which the library does not see as a reason for its fallback.
  // So after a failed attempt the next one begins with polling, and the one after that with the websocket again.
  let transports = ["websocket", "polling"];
  return (token, handlers) =>
    open(place, transports, token, {
      ...handlers,
      refused(code) {
        if (code === null) transports = [...transports].reverse();
        handlers.refused(code);
      },
    });
}

function open(place: Place, transports: string[], token: string, handlers: SocketHandlers): Connection {
  const { socketServer, socketPath } = place;
  console.debug(`connecting to ${socketServer}, path ${socketPath}`);
  const socket = io(socketServer, {
    path: socketPath,
    auth: { token },
    transports,
    tryAllTransports: true,
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_TIMEOUT_MS,
  });
  let wasConnected = false;
  /** The server says why before it ends the line. */
  let ended: string | null = null;
  socket.on("connect", () => {
    console.debug(`connected, id ${socket.id}`);
    wasConnected = true;
    handlers.connected(socket.id ?? "");
  });
  socket.on("connect_error", (error) => {
    console.debug(`not connected: ${error.message}`);
    // Inactive after an error: the server itself refused (CONNECT_ERROR). Otherwise it was never reached.
    handlers.refused(socket.active ? null : error.message);
  });
  socket.on("disconnect", (reason) => {
    console.debug(`disconnected: ${reason}`);
    // The transport may also die before the server has let us in.
    if (ended !== null) handlers.refused(ended);
    else if (wasConnected) handlers.dropped();
    else handlers.refused(null);
  });
  // Other errors answer a command of ours and end nothing.
  socket.on("error", ({ code }: { code: string }) => {
    if (code.startsWith("token_")) ended = code;
  });
  socket.on("auth_expiring", (raw: { in: number }) => handlers.expiring(raw.in));
  for (const [name, normalise] of Object.entries(events)) {
    socket.on(name, (raw: { compat?: boolean }) => {
      if (!raw.compat) handlers.event(normalise(raw as never));
    });
  }
  socket.on("rooms_joined", (raw: { conversation_ids: string[] }) => {
    for (const id of raw.conversation_ids) console.debug(`joined conversation ${id}`);
  });
  return {
    typing: (conversationId, typing) =>
      void socket.emit(typing ? "typing_start" : "typing_stop", { conversation_id: conversationId }),
    alive: (timeoutMs) =>
      socket
        .timeout(timeoutMs)
        .emitWithAck("keepalive")
        .then(
          () => true,
          () => false,
        ),
    auth: (token) =>
      socket
        .timeout(AUTH_TIMEOUT_MS)
        .emitWithAck("auth", { token })
        .then(
          (answer: { ok?: boolean }) => answer.ok === true,
          () => false,
        ),
    close: () => {
      socket.removeAllListeners();
      socket.disconnect();
    },
  };
}
