// Prism as a second reader of the same description: it is sent every recorded request again.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// How long Prism may take to read the description, in milliseconds.
const PATIENCE = 120_000;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Prism {
  static async start(document) {
    const folder = await mkdtemp(join(tmpdir(), "forge-prism-"));
    const file = join(folder, "github.json");
    await writeFile(file, JSON.stringify(document));
    const port = await freePort();
    const program = fileURLToPath(new URL("node_modules/@stoplight/prism-cli/dist/index.js", import.meta.url));
    const started = ["mock", "--host", "127.0.0.1", "--port", String(port), "--multiprocess", "false", file];
    const child = spawn(process.execPath, [program, ...started], { stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`Prism does not start:\n${log}`)), PATIENCE);
      const hear = (data) => {
        log += data;
        if (log.includes("Prism is listening")) {
          clearTimeout(late);
          resolve();
        }
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("exit", () => {
        clearTimeout(late);
        reject(new Error(`Prism ended:\n${log}`));
      });
    });
    return new Prism(child, folder, `http://127.0.0.1:${port}`);
  }

  constructor(child, folder, url) {
    Object.assign(this, { child, folder, url, answered: new Map() });
  }

  async stop() {
    this.child.removeAllListeners("exit");
    this.child.kill();
    await rm(this.folder, { recursive: true });
  }

  // What Prism finds wrong with a request, whatever it would answer.
  async problems({ method, path, query, request_body: body }) {
    const target = query ? `${path}?${query}` : path;
    const key = JSON.stringify([method, target, body]);
    if (!this.answered.has(key)) this.answered.set(key, await this.ask(method, target, body));
    return this.answered.get(key);
  }

  async ask(method, target, body) {
    const init = { method, headers: { accept: "application/json" } };
    if (body !== null) {
      init.headers["content-type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    // Prism closes a connection that was idle while a schema was compiled; then it is asked anew.
    const response = await fetch(this.url + target, init).catch(() => fetch(this.url + target, init));
    const text = await response.text();
    const violations = JSON.parse(response.headers.get("sl-violations") ?? "[]");
    const found = violations.filter((violation) => violation.location[0] === "request");
    if (found.length > 0) return found.map((v) => `Prism: ${v.location.join(".")}: ${v.message}`);
    if (response.status === 422 && text.includes("prism")) return [`Prism: 422 ${text.slice(0, 300)}`];
    if (response.status === 404 && text.includes("prism")) return [`Prism: 404 ${text.slice(0, 300)}`];
    return [];
  }
}
