// The chat server one would write with fastify, pg and socket.io, as it is recommended: named (prepared) statements, a
// pool, response schemas for fastify's fast serialiser, no logging of requests.
// node server.mjs <port>; DATABASE_URL and SECRET.
import { randomUUID } from "node:crypto";
import { createVerifier } from "fast-jwt";
import Fastify from "fastify";
import pg from "pg";
import { Server } from "socket.io";
import { conversationPage, message, messagePage, newMessage } from "./schemas.mjs";

const HISTORY = `SELECT m.id, m.conversation_id, m.sender_id, m.number, m.content, m.created_at, u.name, u.image
  FROM messages m JOIN users u ON u.id = m.sender_id
  WHERE m.conversation_id = $1 AND m.number < $2 ORDER BY m.number DESC LIMIT $3`;
const LIST = `SELECT c.id, c.name, c.last_message_at, c.last_number - mine.read_number AS unread, last.content,
    (SELECT json_agg(json_build_object('id', u.id, 'name', u.name, 'image', u.image))
     FROM members m JOIN users u ON u.id = m.user_id WHERE m.conversation_id = c.id) AS members
  FROM members mine JOIN conversations c ON c.id = mine.conversation_id
  LEFT JOIN messages last ON last.conversation_id = c.id AND last.number = c.last_number
  WHERE mine.user_id = $1 ORDER BY c.last_message_at DESC NULLS LAST LIMIT $2`;

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const verify = createVerifier({ key: process.env.SECRET, algorithms: ["HS256"] });
const app = Fastify({ logger: false });
const io = new Server(app.server);

const ask = (client, name, text, ...values) => client.query({ name, text, values });
const shown = (row, sender) => ({
  id: row.id,
  conversation_id: row.conversation_id,
  sender_id: row.sender_id,
  sequence_number: row.number,
  content: row.content,
  created_at: row.created_at,
  sender: { id: row.sender_id, name: sender.name, image: sender.image ?? null },
});

app.decorateRequest("user", null);
app.addHook("onRequest", async (request, reply) => {
  try {
    request.user = verify(request.headers.authorization?.slice("Bearer ".length) ?? "");
  } catch {
    return reply.code(401).send({ detail: "Sign in again." });
  }
});

/** Stores the message with the next number of its conversation; null when the user is not a member of it. */
async function store(user, { conversation_id, content }) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const numbered = `UPDATE conversations SET last_number = last_number + 1, last_message_at = now() WHERE id = $1
      AND EXISTS (SELECT 1 FROM members WHERE conversation_id = $1 AND user_id = $2) RETURNING last_number AS number`;
    const taken = await ask(client, "number", numbered, conversation_id, user.id);
    const insert = `INSERT INTO messages (id, conversation_id, number, sender_id, content) VALUES ($1, $2, $3, $4, $5)
      RETURNING id, conversation_id, number, sender_id, content, created_at`;
    const stored =
      taken.rowCount &&
      (await ask(client, "insert", insert, randomUUID(), conversation_id, taken.rows[0].number, user.id, content));
    await client.query("COMMIT");
    return stored ? stored.rows[0] : null;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

const posting = { schema: { body: newMessage, response: { 201: message } } };
app.post("/api/v1/messages/", posting, async (request, reply) => {
  const row = await store(request.user, request.body);
  if (row === null) return reply.code(404).send({ detail: "There is no such conversation." });
  const answer = shown(row, request.user);
  io.to(row.conversation_id).emit("new_message", answer);
  return reply.code(201).send(answer);
});

const reading = { schema: { response: { 200: messagePage } } };
app.get("/api/v1/messages/conversations/:id/messages", reading, async (request, reply) => {
  const { id } = request.params;
  const limit = Math.min(Number(request.query.limit ?? 50), 100);
  const before = Number(request.query.cursor?.slice("seq:".length) ?? Number.MAX_SAFE_INTEGER);
  const mine = "SELECT 1 FROM members WHERE conversation_id = $1 AND user_id = $2";
  const member = await ask(pool, "member", mine, id, request.user.id);
  if (!member.rowCount) return reply.code(404).send({ detail: "There is no such conversation." });
  const { rows } = await ask(pool, "history", HISTORY, id, before, limit + 1);
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? `seq:${page.at(-1).number}` : null;
  return { data: page.map((row) => shown(row, row)), pagination: { next_cursor: next, has_more: next !== null, limit } };
});

app.get("/api/v1/conversations/", { schema: { response: { 200: conversationPage } } }, async (request) => {
  const { rows } = await ask(pool, "list", LIST, request.user.id, Math.min(Number(request.query.limit ?? 50), 100));
  return { data: rows };
});

io.use((socket, next) => {
  try {
    socket.data.user = verify(socket.handshake.auth.token);
    next();
  } catch {
    next(new Error("token_invalid"));
  }
});

io.on("connection", async (socket) => {
  const joined = "SELECT conversation_id FROM members WHERE user_id = $1";
  const { rows } = await ask(pool, "rooms", joined, socket.data.user.id);
  const rooms = rows.map((row) => row.conversation_id);
  socket.join(rooms);
  socket.emit("rooms_joined", { conversation_ids: rooms });
});

await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 2048 });
