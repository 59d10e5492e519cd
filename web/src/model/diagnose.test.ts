import { describe, expect, it } from "vitest";
import { explain } from "../texts";
import { diagnoseSocket, diagnoseStart, type Look, type Place, type Sight } from "./diagnose";

const place: Place = {
  server: "http://127.0.0.1:8000",
  api: "http://127.0.0.1:8000/api/v1",
  socketServer: "http://127.0.0.1:8000",
  socketPath: "/socket.io",
  page: "http://localhost:9000",
};
const answer = (status: number, body: unknown = null): Sight => ({
  kind: "answer",
  status,
  body,
  retryAfter: null,
});
const blocked: Sight = { kind: "blocked" };
const config = answer(200, { socketPath: "/socket.io" });

function look(sights: Record<string, Sight>, { answers = true, networkUp = true } = {}): Look {
  return {
    networkUp: () => networkUp,
    answers: async () => answers,
    read: async (url) => sights[new URL(url).pathname] ?? blocked,
  };
}

describe("the socket does not connect, because", () => {
  it("the path is wrong: the server's own sentence is shown", async () => {
    const detail = "Socket.IO is served at /socket.io/ on this server.";
    const why = await diagnoseSocket(
      look({ "/ws/socket.io/": answer(404, { detail }), "/api/v1/config": config }),
      {
        ...place,
        socketPath: "/ws/socket.io",
      },
    );
    expect(why).toMatchObject({ kind: "path", right: "/socket.io", said: detail });
    expect(explain(why)).toContain(detail);
  });

  it("the path is wrong and the answer there withheld: the configuration knows the right one", async () => {
    const why = await diagnoseSocket(look({ "/api/v1/config": config }), { ...place, socketPath: "/chat" });
    expect(why).toMatchObject({ kind: "path", used: "/chat", right: "/socket.io" });
    expect(explain(why)).toContain("/socket.io");
  });

  it("the origin is not allowed", async () => {
    const why = await diagnoseSocket(look({}), place);
    expect(why).toEqual({ kind: "origin", server: place.server, page: place.page });
    expect(explain(why)).toBe(
      "The server at http://127.0.0.1:8000 answers, but does not accept pages from http://localhost:9000. Add http://localhost:9000 to ALLOWED_ORIGINS on the server and restart it.",
    );
  });

  it("the server is down", async () => {
    expect(await diagnoseSocket(look({}, { answers: false }), place)).toEqual({
      kind: "unreachable",
      server: place.server,
    });
  });

  it("there is no network", async () => {
    expect(await diagnoseSocket(look({}, { networkUp: false }), place)).toEqual({ kind: "offline" });
  });

  it("of nothing that can be seen", async () => {
    const sight = answer(200, '0{"sid":"x"}');
    expect(await diagnoseSocket(look({ "/socket.io/": sight }), place)).toEqual({ kind: "interrupted" });
  });

  it("the server is busy or broken", async () => {
    expect(await diagnoseSocket(look({ "/socket.io/": answer(503) }), place)).toMatchObject({ kind: "busy" });
    expect(await diagnoseSocket(look({ "/socket.io/": answer(502) }), place)).toMatchObject({
      kind: "broken",
      status: 502,
    });
  });

  it("a secure page may not call an insecure server, except on the own machine", async () => {
    const page = "https://chat.example";
    const why = await diagnoseSocket(look({}), { ...place, page, socketServer: "http://api.example" });
    expect(why.kind).toBe("mixed");
    expect((await diagnoseSocket(look({}), { ...place, page })).kind).toBe("origin");
  });
});

describe("the page cannot start, because", () => {
  it("the server does not accept it", async () => {
    expect(await diagnoseStart(look({}), place, blocked)).toMatchObject({ kind: "origin" });
  });
  it("the server is down", async () => {
    expect(await diagnoseStart(look({}, { answers: false }), place, blocked)).toMatchObject({
      kind: "unreachable",
    });
  });
  it("something else answers there", async () => {
    expect(await diagnoseStart(look({}), place, answer(200, "<html>"))).toMatchObject({
      kind: "not_chat",
      sameOrigin: false,
    });
    const own = { ...place, server: place.page };
    const why = await diagnoseStart(look({}), own, answer(404));
    expect(explain(why)).toContain("/config.json");
  });
});
