/** The socket with its library, which is not needed to draw the page: it is fetched while the session is looked for. */
import type { Place } from "../model/diagnose";
import type { Connect, Connection } from "../model/ports";

export function createLazyConnect(place: Place, load = () => import("./socket")): Connect {
  const create = () => load().then(({ createConnect }) => createConnect(place));
  // One that could not be fetched is asked for again at the next attempt.
  let ready = create().catch(() => null);
  return (token, handlers) => {
    let connection: Connection | null = null;
    let closed = false;
    void ready.then(async (first) => {
      ready = Promise.resolve(first ?? (await create().catch(() => null)));
      const connect = await ready;
      if (closed) return;
      if (connect) connection = connect(token, handlers);
      else handlers.refused(null);
    });
    return {
      typing: (id, typing) => connection?.typing(id, typing),
      alive: async (timeoutMs) => connection?.alive(timeoutMs) ?? false,
      auth: async (fresh) => connection?.auth(fresh) ?? false,
      close: () => {
        closed = true;
        connection?.close();
      },
    };
  };
}
