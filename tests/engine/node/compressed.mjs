// One version of the official client over a websocket: which extensions it has, and what it heard of what it sent.
// Usage: node compressed.mjs <package> <url> <token> <conversation> <text>
const [name, url, token, conversation, text] = process.argv.slice(2);
const { io } = (await import(name)).default ?? (await import(name));
const socket = io(url, { auth: { token }, forceNew: true, transports: ["websocket"] });
const heard = [];
socket.on("new_message", (message) => heard.push(message.content));
socket.on("hello", () => {
  const send = (content, then) => socket.emit("send_message", { conversation_id: conversation, content }, then);
  send(text, (first) =>
    send(text, (second) => {
      const { extensions } = socket.io.engine.transport.ws;
      process.stdout.write(JSON.stringify({ extensions, acks: [first.ok, second.ok], heard }));
      socket.close();
    }),
  );
});
