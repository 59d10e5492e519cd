// One device with the official socket.io-client, remote-controlled: a JSON line in is something to do, a JSON line out
// is something that happened. Run from web/, where the client is installed. It ends when its standard input ends.
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(join(process.cwd(), "package.json"));
const { io } = require("socket.io-client");

const [url, token, transports] = process.argv.slice(2);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const socket = io(url, {
  auth: { token },
  transports: transports.split(","),
  reconnectionDelay: 100,
  reconnectionDelayMax: 300,
});
socket.io.on("open", () => {
  const engine = socket.io.engine;
  tell({ what: "open", transport: engine.transport.name });
  engine.once("upgrade", (transport) => tell({ what: "upgrade", transport: transport.name }));
});
socket.on("connect", () => tell({ what: "connect" }));
socket.on("connect_error", (error) => tell({ what: "connect_error", message: error.message, active: socket.active }));
socket.on("disconnect", (reason) => tell({ what: "disconnect", reason, active: socket.active }));
socket.onAny((name, body) => tell({ what: "event", name, body }));

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { name, payload } = JSON.parse(line);
    socket.emit(name, ...payload, (ack) => tell({ what: "ack", ack }));
  })
  .on("close", () => {
    socket.disconnect();
    // A pending poll would keep the process until the server's next ping; the goodbye has left by then.
    setTimeout(() => process.exit(0), 100);
  });
