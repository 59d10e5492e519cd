// What comes in and goes out, as JSON Schema: fastify checks the one and writes the other with it.
const text = { type: "string" };
const optional = { type: "string", nullable: true };
const number = { type: "integer" };
const object = (properties, required = Object.keys(properties)) => ({ type: "object", properties, required });
const list = (items) => ({ type: "array", items });

const person = object({ id: text, name: text, image: optional });

export const newMessage = object({ conversation_id: text, content: { type: "string", minLength: 1, maxLength: 10000 } });

export const message = object({
  id: text,
  conversation_id: text,
  sender_id: text,
  sequence_number: number,
  content: text,
  created_at: text,
  sender: person,
});

const pagination = object({ next_cursor: optional, has_more: { type: "boolean" }, limit: number });
export const messagePage = object({ data: list(message), pagination });

const conversation = object({
  id: text,
  name: text,
  unread: number,
  content: optional,
  last_message_at: optional,
  members: list(person),
});
export const conversationPage = object({ data: list(conversation) });
