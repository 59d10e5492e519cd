// Every version of the official client, over each transport, in one process: says each time one of them is greeted and
// answered, for as long as its standard input is open. Usage: node comes_back.mjs <url> <token> <package> …
const [url, token, ...packages] = process.argv.slice(2);

for (const name of packages) {
  const { io } = (await import(name)).default ?? (await import(name));
  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    const soon = { reconnectionDelay: 50, reconnectionDelayMax: 200 };
    const socket = io(url, { auth: { token }, forceNew: true, transports, ...soon });
    const who = `${name} ${transports}`;
    const tell = (what) => process.stdout.write(`${JSON.stringify({ who, what })}\n`);
    socket.on("hello", () => socket.emit("keepalive", () => tell("in")));
    socket.on("disconnect", (reason) => tell(reason));
  }
}
process.stdin.on("end", () => process.exit(0)).resume();
