import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const server = "http://127.0.0.1:8000";
const WORKER = "sw.js";

/** Tells the service worker which files its build is made of, once they are written. */
function shell(): Plugin {
  let folder = "";
  return {
    name: "tms:shell",
    apply: "build",
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    writeBundle() {
      const page = readFileSync(join(folder, "index.html"), "utf8");
      const entry = /<script[^>]*\ssrc="[^"]*?(assets\/[^"]+\.js)"/.exec(page)?.[1];
      if (!entry) throw new Error("The page has no script.");
      const files = readdirSync(join(folder, "assets"))
        .sort()
        .map((name) => `assets/${name}`);
      // The names of the files say what is in them.
      const build = createHash("sha256")
        .update([page, ...files].join("\n"))
        .digest("hex")
        .slice(0, 12);
      const worker = readFileSync(join(folder, WORKER), "utf8");
      const told = worker.replace("__SHELL__", () => JSON.stringify({ build, entry, files }));
      if (told === worker) throw new Error("The service worker does not ask for its files.");
      writeFileSync(join(folder, WORKER), told);
    },
  };
}

export default defineConfig({
  plugins: [react(), shell()],
  build: {
    // The Python package carries the built client, so one wheel is the whole product.
    outDir: "../src/tms_chat/client",
    emptyOutDir: true,
    target: "es2022",
    // The server's CSP allows scripts and styles from its own origin only: nothing may become a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/worker/sw.ts" },
      output: {
        // A service worker keeps its name: browsers look there for the next one.
        entryFileNames: ({ name }) => (name === "sw" ? WORKER : "assets/[name]-[hash].js"),
      },
    },
  },
  server: {
    proxy: {
      "/api": server,
      "/health": server,
      "/socket.io": { target: server, ws: true },
    },
  },
});
