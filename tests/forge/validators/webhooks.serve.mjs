// Every webhook that GitHub publishes an example of, signed and sent to `hallpass serve`: it takes what changes a pull
// request, lets the rest pass, and is there after all of them.
// usage: node webhooks.serve.mjs   (HALLPASS: the binary)
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const all = require("@octokit/webhooks-examples/api.github.com/index.json");
const secret = randomUUID();
const folder = mkdtempSync(join(tmpdir(), "hallpass-webhooks-"));
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
writeFileSync(join(folder, "app.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));

// Nothing listens where it would ask: what is kept stays where it is.
const server = spawn(
  process.env.HALLPASS,
  ["serve", "--listen", "127.0.0.1:0", "--api", "http://127.0.0.1:9", "--app-id", "1", "--app-key", "app.pem", "--sweep", "0"],
  { cwd: folder, env: { HALLPASS_WEBHOOK_SECRET: secret }, stdio: ["ignore", "ignore", "pipe"] },
);
const failed = new Promise((_, reject) => {
  server.on("error", reject);
  server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
});
failed.catch(() => {});
const listening = new Promise((resolve) => {
  createInterface(server.stderr).on("line", (line) => {
    const at = /listening on ([^"]+)/.exec(line);
    if (at) resolve(at[1]);
  });
});

const REVIEWED = new Set(["opened", "synchronize", "reopened", "ready_for_review"]);
const wanted = (event, payload) => {
  if (event === "pull_request") return REVIEWED.has(payload.action) || (payload.action === "edited" && payload.changes.base);
  if (event === "check_run" || event === "check_suite") return payload.action === "rerequested";
  return event === "workflow_run" && payload.workflow_run.event === "pull_request";
};

// As the App gets it: many examples are of repositories' own webhooks.
const signed = (payload) => JSON.stringify({ ...payload, installation: { id: 1 } });

async function deliver(at, event, payload) {
  const body = signed(payload);
  const headers = {
    "content-type": "application/json",
    "x-github-event": event,
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
  const answer = await fetch(`${at}/webhook`, { method: "POST", headers, body });
  return { status: answer.status, text: await answer.text() };
}

try {
  const at = await Promise.race([listening, failed]);
  let kept = 0;
  const bodies = new Set();
  for (const { name, examples } of all) {
    for (const payload of examples) {
      const { status, text } = await deliver(at, name, payload);
      const body = signed(payload);
      const expected = wanted(name, payload) && !bodies.has(body) ? 202 : 200;
      assert.equal(status, expected, `${name} ${payload.action}: ${status} ${text}`);
      if (expected === 202) bodies.add(body);
      kept += Number(expected === 202);
    }
  }
  assert.equal(await (await fetch(`${at}/healthz`)).text(), "ok");
  const count = all.reduce((sum, { examples }) => sum + examples.length, 0);
  assert.ok(kept > 0 && kept < count);
  console.log(`${count} published webhooks: ${kept} kept, the others passed over`);
} finally {
  server.removeAllListeners("exit");
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
