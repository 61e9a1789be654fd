// The desktop's half of the extension, on a stand-in for the editor: it starts its thread, or the binary, and both say the same.
// It wants `npm ci && npm run build` in examples/vscode; HALLPASS names a binary, without which those tests are skipped.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { awsKey } from "./secrets.mjs";
import { start } from "./stand-in.mjs";

const binary = process.env.HALLPASS;
const folder = mkdtempSync(join(tmpdir(), "my shop é-"));
cpSync(fileURLToPath(new URL("../../examples/vulnerable", import.meta.url)), folder, { recursive: true });
after(() => rmSync(folder, { recursive: true }));
// What the search path holds is nothing to these tests.
process.env.PATH = "";

async function until(is, what) {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((later) => setTimeout(later, 50))) {
    const value = await is();
    if (value) return value;
  }
  throw new Error(`never: ${what}`);
}

/** What is said of the folder, by those settings, when nothing more is to come: rules with their places. */
async function said(settings) {
  const { state, stop } = await start(folder, settings);
  await until(() => state.diagnostics.has("k8s/shop.yaml"), "something is found");
  const held = await until(async () => (await state.tree.getChildren()).length === 3 && state.tree.getChildren(), "the inventory is known");
  await stop();
  const place = ({ start, end }) => `${start.line}:${start.character}-${end.line}:${end.character}`;
  const found = [...state.diagnostics].map(([path, its]) => [path, its.map(({ code, range }) => `${place(range)} ${code.value ?? code}`)]);
  return { found: Object.fromEntries(found.sort()), held: held.map(({ label, lines }) => [label, lines.length]), log: state.log, status: state.status.tooltip.value };
}

test("without a binary, the thread answers", async () => {
  const { found, held, status } = await said({ "hallpass.server": "auto" });
  assert.ok(found["infra/terraform.tfvars"].some((one) => one === "0:18-0:23 lifetime/above-ceiling"), JSON.stringify(found));
  assert.deepEqual(held.map(([label]) => label), ["Identities", "Credentials", "Endpoints"]);
  assert.match(status, /\(WebAssembly\)/);
});

test("secrets are found in any file, but not in what Git ignores", async () => {
  const other = mkdtempSync(join(tmpdir(), "ignoring-"));
  for (const [path, text] of Object.entries({ ".gitignore": "local\n", "src/a.py": `key = "${awsKey()}"\n`, "local/b.py": `key = "${awsKey()}"\n`, "k8s/shop.yaml": "a: b\n" })) {
    mkdirSync(dirname(join(other, path)), { recursive: true });
    writeFileSync(join(other, path), text);
  }
  const { state, stop } = await start(other, { "hallpass.server": "wasm" });
  await until(() => state.diagnostics.has("src/a.py"), "the secret is found");
  assert.deepEqual([...state.diagnostics.keys()], ["src/a.py"]);
  await stop();
  rmSync(other, { recursive: true });
});

test("what is more than the user wants is left out, and counted", async () => {
  const { state, stop } = await start(folder, { "hallpass.server": "wasm", "hallpass.files.most": 2 });
  await until(() => /2 files known[\s\S]*[1-9] files left out/.test(state.status.tooltip.value), "it is said");
  await stop();
});

test("a binary that cannot serve leaves it to the thread", async () => {
  const { found, log } = await said({ "hallpass.server": "binary", "hallpass.path": process.execPath });
  assert.ok(found["k8s/shop.yaml"]);
  assert.match(log.join("\n"), /warn: the binary is not started/);
});

test("the binary says the same as the thread, and the inventory is there as well", { skip: !binary }, async () => {
  const thread = await said({ "hallpass.server": "wasm", "hallpass.path": binary });
  const program = await said({ "hallpass.server": "auto", "hallpass.path": binary });
  assert.match(thread.status, /\(WebAssembly\)/);
  assert.match(program.status, /\(binary\)/);
  assert.deepEqual(program.found, thread.found);
  assert.deepEqual(program.held, thread.held);
});

test("no binary is started in a workspace that is not trusted", { skip: !binary }, async () => {
  const { log, found, status } = await said({ trusted: false, "hallpass.server": "binary", "hallpass.path": binary });
  assert.ok(found["k8s/shop.yaml"]);
  assert.match(log.join("\n"), /warn: the binary is not started: this workspace is not trusted/);
  assert.match(status, /\(WebAssembly\)/);
});
