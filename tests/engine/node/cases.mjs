// Everything the tests ask of one version of the official client, in one process: each case says what it saw, as a
// line of JSON, and judges nothing. Usage: node cases.mjs <package> <what the tests prepared, as JSON>.
import { setTimeout as sleep } from "node:timers/promises";

const [name, prepared] = process.argv.slice(2);
const { io, Manager } = (await import(name)).default ?? (await import(name));
const { url, brisk, people, conversations } = JSON.parse(prepared);
const alone = people[4]; // is in no conversation, so nobody else's presence is heard
const BOTH = ["polling", "websocket"];
const SECONDS = 20;

/** A client of this person; a manager of its own each, and a short wait before it comes back. */
function client(token, options = {}, address = url) {
  const soon = { reconnectionDelay: 50, reconnectionDelayMax: 100 };
  const socket = io(address, { auth: { token }, forceNew: true, ...soon, ...options });
  socket.heard = [];
  socket.onAny((event, body) => socket.heard.push([event, body]));
  return socket;
}

/** What the first such event carries. */
function next(emitter, event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${SECONDS} s`)), SECONDS * 1000);
    emitter.once(event, (...args) => {
      clearTimeout(timer);
      resolve(args[0]);
    });
  });
}

const ask = (socket, event, ...args) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${event} within ${SECONDS} s`)), SECONDS * 1000);
    socket.emit(event, ...args, (ack) => {
      clearTimeout(timer);
      resolve(ack);
    });
  });

const transportOf = (socket) => socket.io.engine.transport.name;
const names = (socket) => socket.heard.map(([event]) => event);
const bodies = (socket, event) => socket.heard.filter(([heard]) => heard === event).map(([, body]) => body);

/** That there were so many pings on this connection. */
function pinged(engine, count) {
  return new Promise((resolve, reject) => {
    let pings = 0;
    const timer = setTimeout(() => reject(new Error(`${pings} pings within ${SECONDS} s`)), SECONDS * 1000);
    engine.on("packet", (packet) => {
      pings += packet.type === "ping" ? 1 : 0;
      if (pings === count) {
        clearTimeout(timer);
        resolve(pings);
      }
    });
  });
}

async function upgraded(socket) {
  if (transportOf(socket) !== "websocket") await next(socket.io.engine, "upgrade");
}

async function greeted(token, options, address) {
  const socket = client(token, options, address);
  await next(socket, "hello");
  return socket;
}

async function rest(person, method, path, body) {
  const headers = { authorization: `Bearer ${person}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  return answer.json();
}

async function basics(token, transports) {
  const socket = await greeted(token, { transports });
  const seen = { id: typeof socket.id, names: names(socket) };
  if (transports.length > 1) await upgraded(socket);
  seen.ack = await ask(socket, "keepalive");
  seen.refused = await ask(socket, "no_such_event", { a: 1 });
  seen.transport = transportOf(socket);
  socket.disconnect();
  return { ...seen, connected: socket.connected };
}

const cases = {
  websocket: () => basics(alone, ["websocket"]),
  polling: () => basics(alone, ["polling"]),
  upgrade: () => basics(alone, BOTH),

  async "auth function"() {
    const socket = client(undefined, { auth: (give) => setTimeout(() => give({ token: alone }), 10) });
    await next(socket, "hello");
    socket.disconnect();
    return { names: names(socket) };
  },

  async "wrong token"() {
    const refusals = [];
    for (const transports of [["websocket"], ["polling"], BOTH]) {
      for (const token of ["a.b.c", undefined]) {
        const socket = client(token, { transports });
        const error = await next(socket, "connect_error");
        refusals.push({ message: error.message, connected: socket.connected });
        socket.disconnect();
      }
    }
    return refusals;
  },

  async "other namespace"() {
    // Both over one connection, as a client makes it by itself.
    const manager = new Manager(url, { transports: ["websocket"], reconnectionDelay: 50 });
    const auth = { token: alone };
    const [wrong, right] = [manager.socket("/api/v1", { auth }), manager.socket("/", { auth })];
    const [error] = await Promise.all([next(wrong, "connect_error"), next(right, "hello")]);
    const ack = await ask(right, "keepalive");
    const seen = { message: error.message, wrong: wrong.connected, right: right.connected, ack };
    wrong.disconnect();
    await sleep(100);
    seen.after = await ask(right, "keepalive");
    right.disconnect();
    return seen;
  },

  async "order over an upgrade"() {
    // It speaks from the first moment, through the upgrade and after it; the other listens and does the same.
    const conversation_id = conversations.order;
    const other = await greeted(people[1], { transports: BOTH });
    const socket = client(people[0], { transports: BOTH });
    const asked = [];
    const acknowledged = [];
    let isUpgraded = false;
    next(socket.io, "open").then(() => upgraded(socket)).then(() => { isUpgraded = true; });
    const say = () => {
      const number = asked.length;
      asked.push(ask(socket, "keepalive").then(() => acknowledged.push(number)));
    };
    await next(socket, "connect");
    const from = transportOf(socket);
    const sent = (async () => {
      for (let number = 0; number < 30; number++) {
        await ask(other, "send_message", { conversation_id, content: String(number) });
      }
    })();
    while (asked.length < 300 || !isUpgraded) {
      say();
      if (asked.length % 10 === 0) await sleep(1);
    }
    await Promise.all([...asked, sent]);
    await ask(socket, "keepalive");
    await ask(other, "keepalive");
    const messages = (of) => bodies(of, "new_message").filter((message) => message.conversation_id === conversation_id);
    const contents = [socket, other].map((of) => messages(of).map((message) => message.content));
    const pushed = bodies(socket, "keepalive_ack").length;
    const seen = { from, to: transportOf(socket), asked: asked.length, acknowledged, pushed, contents };
    for (const each of [socket, other]) each.disconnect();
    return seen;
  },

  async "a message"() {
    const conversation_id = conversations.message;
    const [one, other] = await Promise.all([
      greeted(people[0], { transports: ["polling"] }),
      greeted(people[1], { transports: ["websocket"] }),
    ]);
    const heard = [one, other].map(
      (socket) =>
        new Promise((resolve) => {
          socket.on("new_message", (message) => message.conversation_id === conversation_id && resolve(message));
        }),
    );
    const ack = await ask(one, "send_message", { conversation_id, content: "ünï 漢字 💥 \u001e \u2028" });
    const seen = { ack, heard: await Promise.all(heard) };
    for (const each of [one, other]) each.disconnect();
    return seen;
  },

  async volatile() {
    const seen = [];
    for (const transports of [["websocket"], ["polling"]]) {
      const socket = await greeted(alone, { transports });
      const heard = next(socket, "keepalive_ack");
      // A poll's client is busy for a moment after each packet, and then drops what is volatile: so once more.
      const again = setInterval(() => socket.volatile.emit("keepalive"), 50);
      seen.push(await heard);
      clearInterval(again);
      socket.disconnect();
    }
    return seen;
  },

  async binary() {
    const seen = [];
    for (const transports of [["websocket"], ["polling"]]) {
      const socket = await greeted(alone, { transports });
      const [lost, back] = [next(socket, "disconnect"), next(socket, "hello")];
      socket.emit("keepalive", Buffer.from([1, 2, 3]));
      const reason = await lost;
      await back; // by itself: for a client that is no verdict
      seen.push({ reason, ack: await ask(socket, "keepalive") });
      socket.disconnect();
    }
    return seen;
  },

  async "lost connection"() {
    const seen = [];
    for (const transports of [["websocket"], ["polling"], BOTH]) {
      const socket = await greeted(alone, { transports });
      const [lost, back, before] = [next(socket, "disconnect"), next(socket, "hello"), socket.id];
      socket.io.engine.close();
      const reason = await lost;
      await back;
      seen.push({ reason, isNew: socket.id !== before, ack: await ask(socket, "keepalive") });
      socket.disconnect();
    }
    return seen;
  },

  async "put out"() {
    const seen = [];
    for (const [transports, token] of [[["websocket"], people[2]], [["polling"], people[3]]]) {
      const socket = await greeted(token, { transports });
      const lost = next(socket, "disconnect");
      await rest(token, "POST", "/auth/logout");
      const reason = await lost;
      const codes = bodies(socket, "error").map((error) => error.code);
      await sleep(300);
      const stayedAway = !socket.connected;
      socket.auth = { token: alone };
      const back = next(socket, "hello");
      socket.connect(); // with another token, as an application does after a new sign-in
      await back;
      seen.push({ reason, codes, stayedAway, ack: await ask(socket, "keepalive") });
      socket.disconnect();
    }
    return seen;
  },

  async "come and go"() {
    const socket = await greeted(alone, { transports: ["websocket"] });
    const reasons = [];
    for (let time = 0; time < 3; time++) {
      const lost = next(socket, "disconnect");
      socket.disconnect();
      reasons.push(await lost);
      const back = next(socket, "hello");
      socket.connect();
      await back;
    }
    const ack = await ask(socket, "keepalive");
    socket.disconnect();
    return { reasons, ack };
  },

  async timeouts() {
    const socket = await greeted(alone, { transports: ["websocket"] });
    const seen = {};
    if (socket.timeout) {
      seen.timeout = await new Promise((resolve) => {
        socket.timeout(SECONDS * 1000).emit("keepalive", (error, ack) => resolve(error ? String(error) : ack));
      });
    }
    if (socket.emitWithAck) seen.emitWithAck = await socket.emitWithAck("keepalive");
    socket.disconnect();
    return seen;
  },

  async "no last slash"() {
    const seen = [];
    for (const transports of [["websocket"], ["polling"], BOTH]) {
      const socket = await greeted(alone, { transports, addTrailingSlash: false });
      seen.push(await ask(socket, "keepalive"));
      socket.disconnect();
    }
    return seen;
  },

  async heartbeat() {
    // Of the server with the short one. A second ping comes on this connection only when the first one was answered.
    const watch = async (transports) => {
      const socket = await greeted(alone, { transports }, brisk);
      const pings = await pinged(socket.io.engine, 2);
      const { connected } = socket;
      const ack = await ask(socket, "keepalive");
      socket.disconnect();
      return { transport: transportOf(socket), connected, pings, ack };
    };
    return Promise.all([watch(["websocket"]), watch(["polling"]), watch(BOTH)]);
  },
};

async function run(title) {
  try {
    return { case: title, seen: await cases[title]() };
  } catch (error) {
    return { case: title, failed: String(error?.stack ?? error) };
  }
}

await Promise.all(
  Object.keys(cases).map(async (title) => process.stdout.write(`${JSON.stringify(await run(title))}\n`)),
);
await sleep(100); // the goodbyes of those who poll are on their way
process.exit(0); // a client that polls would wait for the server's next ping
