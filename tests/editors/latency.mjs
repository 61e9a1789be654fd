// How long it takes from an edit to the findings: `hallpass lsp` as an editor drives it, and the JavaScript package.
// usage: node tests/editors/latency.mjs [EDITS]     HALLPASS=binary JS_PACKAGE=package
// Each edit changes a text in the middle of the file. Prints p50 and p99 in ms of wall time; compare within one run.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.HALLPASS ?? path.join(root, "target/release/hallpass");
const pkg = path.resolve(process.env.JS_PACKAGE ?? path.join(root, "plugin/pkg"));
const edits = Number(process.argv[2] ?? 200);

function workflow(lines) {
  const text = ["name: build", "on: push", "permissions:", "  contents: read", "jobs:"];
  for (let job = 0; text.length < lines; job += 1) {
    text.push(`  job-${job}:`, "    runs-on: ubuntu-24.04", "    timeout-minutes: 10", "    steps:");
    for (let step = 0; step < 6; step += 1) {
      text.push(
        `      - name: step ${step} of ${job}`,
        `        run: make target-${step} FLAG=${job}`,
        "        env:",
        `          NAME_${step}: value-${job}`,
      );
    }
    text.push("      - uses: actions/checkout@v4");
  }
  return { "ci.yml": `${text.join("\n")}\n` };
}

function terraform(lines) {
  const files = {};
  for (let file = 0; file < 6; file += 1) {
    const text = [];
    for (let n = 0; text.length < lines / 6; n += 1) {
      const name = `role_${file}_${n}`;
      text.push(
        `resource "aws_iam_role" "${name}" {`,
        `  name                 = "${name.replaceAll("_", "-")}"`,
        "  max_session_duration = 3600",
        "  tags = {",
        "    owner   = \"team-x\"",
        `    purpose = "number ${n}"`,
        "  }",
        "}",
        "",
      );
    }
    files[`part${file}.tf`] = `${text.join("\n")}\n`;
  }
  return files;
}

const cases = [
  { name: "workflow, 1,000 lines", folder: ".github/workflows", files: workflow(1000), edited: "ci.yml", word: "make target-3" },
  { name: "Terraform unit, 3,000 lines", folder: "infra", files: terraform(3000), edited: "part3.tf", word: "purpose = \"number 20" },
];

const middle = (text, word) => {
  const at = text.indexOf(word, text.length / 3);
  if (at < 0) throw new Error(`no \`${word}\` in the file`);
  return at + word.length;
};

function row(what, how, times) {
  times.sort((a, b) => a - b);
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))].toFixed(1).padStart(7);
  console.log(`${what.padEnd(30)} ${how.padEnd(18)} p50 ${at(0.5)}  p99 ${at(0.99)}  worst ${at(1)} ms`);
}

class Client {
  constructor(folder) {
    this.process = spawn(binary, ["lsp"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
    this.pending = Buffer.alloc(0);
    this.waiting = [];
    this.process.stdout.on("data", (data) => this.read(data));
  }
  read(data) {
    this.pending = Buffer.concat([this.pending, data]);
    for (;;) {
      const end = this.pending.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.pending.subarray(0, end).toString())[1]);
      if (this.pending.length < end + 4 + length) return;
      const message = JSON.parse(this.pending.subarray(end + 4, end + 4 + length).toString());
      this.pending = this.pending.subarray(end + 4 + length);
      this.waiting = this.waiting.filter(({ wants, done }) => !wants(message) || void done(message));
    }
  }
  send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.process.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.process.stdin.write(body);
  }
  until(wants) {
    return new Promise((done) => this.waiting.push({ wants, done }));
  }
}

async function native({ name, folder, files, edited, word }) {
  const tree = mkdtempSync(path.join(tmpdir(), "hallpass-latency-"));
  mkdirSync(path.join(tree, ".git"));
  mkdirSync(path.join(tree, folder), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(tree, folder, file), text);
  const client = new Client(tree);
  const answered = client.until((m) => m.id === 1);
  const rootUri = pathToFileURL(tree).href;
  client.send({ id: 1, method: "initialize", params: { rootUri, capabilities: {}, workspaceFolders: [{ uri: rootUri, name: "t" }] } });
  await answered;
  client.send({ method: "initialized", params: {} });
  const uri = pathToFileURL(path.join(tree, folder, edited)).href;
  let text = files[edited];
  const told = (version) =>
    client.until((m) => m.method === "textDocument/publishDiagnostics" && m.params.uri === uri && m.params.version === version);
  const first = told(1);
  client.send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
  await first;
  const times = [];
  for (let version = 2; version < edits + 2; version += 1) {
    const at = middle(text, word);
    text = `${text.slice(0, at)}x${text.slice(at)}`;
    const line = text.slice(0, at).split("\n").length - 1;
    const character = at - (text.lastIndexOf("\n", at - 1) + 1);
    const range = { start: { line, character }, end: { line, character } };
    const answer = told(version);
    const start = process.hrtime.bigint();
    client.send({ method: "textDocument/didChange", params: { textDocument: { uri, version }, contentChanges: [{ range, text: "x" }] } });
    await answer;
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  client.send({ id: 2, method: "shutdown" });
  client.send({ method: "exit" });
  rmSync(tree, { recursive: true, force: true });
  row(name, "hallpass lsp", times);
}

function inPackage(hallpass, { name, folder, files, edited, word }) {
  const tree = new hallpass.Tree({ offsets: "utf-16" });
  for (const [file, text] of Object.entries(files)) tree.set(`${folder}/${file}`, text);
  tree.check();
  let text = files[edited];
  const times = [];
  for (let edit = 0; edit < edits; edit += 1) {
    const at = middle(text, word);
    text = `${text.slice(0, at)}x${text.slice(at)}`;
    const start = process.hrtime.bigint();
    tree.set(`${folder}/${edited}`, text);
    tree.check();
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  tree.free();
  row(name, "JavaScript package", times);
}

for (const one of cases) {
  if (existsSync(binary)) await native(one);
  else console.log(`no binary at ${binary}: cargo build --release`);
}
if (existsSync(path.join(pkg, "node"))) {
  const start = process.hrtime.bigint();
  const hallpass = createRequire(import.meta.url)(path.join(pkg, "node/hallpass.js"));
  hallpass.warm();
  console.log(`package: loaded and warm in ${(Number(process.hrtime.bigint() - start) / 1e6).toFixed(0)} ms`);
  for (const one of cases) inPackage(hallpass, one);
} else {
  console.log(`no package at ${pkg}: cargo run --release --manifest-path plugin/js/Cargo.toml`);
}
