// The language server of the extension, in the thread that the desktop runs it in, spoken to as an editor does.
// It wants `npm run build` in examples/vscode. `node --test tests/editors/server.test.mjs`

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { awsKey } from "./secrets.mjs";

const dist = (name) => fileURLToPath(new URL(`../../examples/vscode/dist/${name}`, import.meta.url));
const wasm = await readFile(dist("hallpass_bg.wasm"));

const FOLDER = "file:///home/me/my%20shop%20%23%C3%A9";
const at = (path) => `${FOLDER}/${path.split("/").map(encodeURIComponent).join("/")}`;
const WORKFLOW = ".github/workflows/ci.yml";
const workflow = (step) => `on: push\npermissions: {}\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n${step}`;
/** A step whose fault stands behind é and an emoji, with a fix. */
const DEBUG = `      - { name: "é 🎉", run: make, env: { ACTIONS_STEP_DEBUG: true } }\n`;

const editors = [];
after(() => Promise.all(editors.map((editor) => editor.worker.terminate())));

class Editor {
  diagnostics = new Map();
  published = [];
  messages = [];
  checked = [];
  #waiting = new Map();
  #listening = new Set();
  #next = 1;

  constructor(worker) {
    this.worker = worker;
    worker.on("message", (message) => this.#hear(message));
    worker.on("error", (error) => { throw error; });
    editors.push(this);
  }

  /** An editor with a folder open. */
  static async open({ folders = [{ uri: FOLDER, name: "shop" }], options = {}, worker = new Worker(dist("server-node.js")) } = {}) {
    const editor = new Editor(worker);
    worker.postMessage({ wasm: new Uint8Array(wasm) });
    const { capabilities } = await editor.ask("initialize", {
      processId: null, rootUri: null, capabilities: {}, workspaceFolders: folders,
      initializationOptions: { today: "2030-01-01", ...options },
    });
    editor.capabilities = capabilities;
    editor.say("initialized", {});
    return editor;
  }

  #hear({ id, method, params, result, error }) {
    if (method === "textDocument/publishDiagnostics") {
      this.diagnostics.set(decodeURIComponent(params.uri), params.diagnostics);
      this.published.push(params);
    } else if (method === "window/showMessage") this.messages.push(params.message);
    else if (method === "hallpass/checked") this.checked.push(params);
    else if (id !== undefined) {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    }
    for (const look of this.#listening) look();
  }

  say(method, params) {
    this.worker.postMessage({ jsonrpc: "2.0", method, params });
  }

  ask(method, params) {
    const id = this.#next++;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.worker.postMessage({ jsonrpc: "2.0", id, method, params });
    return answer;
  }

  /** Waits until something is true. */
  until(is, what = is.toString()) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`never: ${what}`)), 30_000);
      const look = () => {
        const value = is();
        if (!value) return;
        clearTimeout(late);
        this.#listening.delete(look);
        resolve(value);
      };
      this.#listening.add(look);
      look();
    });
  }

  /** All that was said is checked by the time that an answer is there. */
  async settled() {
    await this.ask("hallpass/inventory", null);
  }

  show(uri, text, version = 1, languageId = "yaml") {
    this.say("textDocument/didOpen", { textDocument: { uri, languageId, version, text } });
  }

  change(uri, version, contentChanges) {
    this.say("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
  }

  of(uri) {
    return this.diagnostics.get(decodeURIComponent(uri)) ?? [];
  }

  rules(uri) {
    return this.of(uri).map(({ code }) => code);
  }

  /** Files as they are on disk. */
  disk(files, { gone = [], more = false, whole = false } = {}) {
    const listed = Object.entries(files).map(([path, text]) => ({ path, content: new TextEncoder().encode(text) }));
    this.say("hallpass/files", { folder: FOLDER, files: listed, gone, more, whole });
  }
}

/** The part of a text that a range is about, as an editor counts: in units of UTF-16. */
function part(text, { start, end }) {
  const starts = [0];
  for (let index = 0; index < text.length; index += 1) if (text[index] === "\n") starts.push(index + 1);
  return text.slice(starts[start.line] + start.character, starts[end.line] + end.character);
}

/** A text with the edits of an action. */
function edited(text, edit, uri) {
  const changes = edit.documentChanges.filter((change) => decodeURIComponent(change.textDocument?.uri ?? "") === decodeURIComponent(uri));
  const edits = changes.flatMap((change) => change.edits).sort((a, b) => b.range.start.line - a.range.start.line || b.range.start.character - a.range.start.character);
  const lines = text.split("\n");
  const offset = ({ line, character }) => lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + character;
  return edits.reduce((now, { range, newText }) => now.slice(0, offset(range.start)) + newText + now.slice(offset(range.end)), text);
}

const everything = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
const actions = (editor, uri, only) =>
  editor.ask("textDocument/codeAction", { textDocument: { uri }, range: everything, context: { diagnostics: editor.of(uri), ...(only ? { only } : {}) } });

test("ranges are right behind characters of several bytes and of two units", async () => {
  const editor = await Editor.open();
  const text = workflow(DEBUG);
  editor.show(at(WORKFLOW), text);
  const found = await editor.until(() => editor.of(at(WORKFLOW)).find(({ code }) => code === "governance/debug-trace"));
  assert.match(part(text, found.range), /^(?:true|ACTIONS_STEP_DEBUG: true|ACTIONS_STEP_DEBUG)$/);
  assert.equal(found.source, "hallpass");
  assert.match(found.codeDescription.href, /\/rules\/book\/governance\/debug-trace\.md$/);
  assert.ok(found.data.fingerprint);
});

test("edits come in parts, and the newest text is what counts", async () => {
  const editor = await Editor.open();
  const text = workflow(DEBUG);
  editor.show(at(WORKFLOW), text);
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  const sent = editor.published.length;
  const line = text.split("\n").findIndex((one) => one.includes("🎉"));
  const character = text.split("\n")[line].indexOf("true");
  // `true` is typed over, one letter after another.
  const last = 101;
  for (let version = 2; version <= last; version += 1) {
    const range = { start: { line, character }, end: { line, character: character + (version === 2 ? 4 : 5) } };
    editor.change(at(WORKFLOW), version, [{ range, text: version % 2 === 0 ? "false" : "wrong" }]);
  }
  const range = { start: { line, character }, end: { line, character: character + 5 } };
  editor.change(at(WORKFLOW), last + 1, [{ range, text: "false" }]);
  await editor.until(() => !editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  assert.equal(editor.published.at(-1).version, last + 1);
  assert.ok(editor.published.length - sent < 10, "texts that were out of date were told");
  // The same as somebody who opens the last text.
  const other = await Editor.open();
  other.show(at(WORKFLOW), text.replace(": true }", ": false }"));
  await other.settled();
  assert.deepEqual(editor.of(at(WORKFLOW)), other.of(at(WORKFLOW)));
});

test("an answer is about the text that was typed last", async () => {
  const editor = await Editor.open();
  editor.show(at(WORKFLOW), workflow("      - run: make\n"));
  await editor.settled();
  editor.change(at(WORKFLOW), 2, [{ text: workflow(DEBUG) }]);
  const line = workflow(DEBUG).split("\n").findIndex((one) => one.includes("🎉"));
  const character = workflow(DEBUG).split("\n")[line].indexOf("true");
  const hover = await editor.ask("textDocument/hover", { textDocument: { uri: at(WORKFLOW) }, position: { line, character } });
  assert.match(hover.contents.value, /governance\/debug-trace/);
});

test("words of a document are no markup in a hover", async () => {
  const editor = await Editor.open();
  // A name that ends the code in which messages quote it.
  const name = "x` [click](https://evil.example) <b>b</b> ![i](//evil.example/i) www.evil.example `y";
  const text = `resource "aws_iam_role" "r" {\n  name = "${name}"\n  max_session_duration = 43200\n  assume_role_policy = "{}"\n}\n`;
  editor.show(at("main.tf"), text, 1, "terraform");
  await editor.until(() => editor.of(at("main.tf")).some(({ message }) => message.includes("evil")));
  for (const { message, range } of editor.of(at("main.tf"))) {
    const hover = await editor.ask("textDocument/hover", { textDocument: { uri: at("main.tf") }, position: range.start });
    // Without code, nothing of it may mean anything.
    const outside = hover.contents.value.replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "");
    assert.doesNotMatch(outside, /(?<!\\)(?:\]\(https:\/\/evil|<b>|!\[i|www\.)/, message);
  }
});

test("what cannot be read keeps what was said before, and says so", async () => {
  const editor = await Editor.open();
  const text = workflow(DEBUG);
  editor.show(at(WORKFLOW), text);
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  const broken = text.replace("on: push\n", "on: push\nenv: {{ [\n");
  editor.change(at(WORKFLOW), 2, [{ text: broken }]);
  const old = await editor.until(() => editor.of(at(WORKFLOW)).find(({ message }) => message.startsWith("(before the last edits) ")));
  assert.equal(old.code, "governance/debug-trace");
  assert.match(part(broken, old.range), /ACTIONS_STEP_DEBUG|true/);
  editor.change(at(WORKFLOW), 3, [{ text }]);
  await editor.until(() => editor.of(at(WORKFLOW)).every(({ message }) => !message.startsWith("(before")));
  assert.ok(editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
});

test("what is closed is cleared; a file of the folder is again what it is on disk", async () => {
  const editor = await Editor.open();
  editor.show(at(WORKFLOW), workflow(DEBUG));
  await editor.until(() => editor.of(at(WORKFLOW)).length > 0);
  editor.say("textDocument/didClose", { textDocument: { uri: at(WORKFLOW) } });
  await editor.until(() => editor.of(at(WORKFLOW)).length === 0);
  editor.disk({ [WORKFLOW]: workflow(DEBUG) });
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  editor.show(at(WORKFLOW), workflow("      - run: make\n"));
  await editor.until(() => !editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  editor.say("textDocument/didClose", { textDocument: { uri: at(WORKFLOW) } });
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  editor.disk({}, { gone: [".github"] });
  await editor.until(() => editor.of(at(WORKFLOW)).length === 0);
});

test("an edit does not wait for files that are on their way", async () => {
  const editor = await Editor.open();
  editor.disk({ ".github/workflows/other.yml": workflow(DEBUG) }, { more: true });
  editor.show(at(WORKFLOW), workflow(DEBUG));
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  editor.disk({}, { gone: [".github/workflows/other.yml"] });
  await editor.until(() => editor.of(at(".github/workflows/other.yml")).length === 0);
});

test("documents of no folder stand alone", async () => {
  const editor = await Editor.open({ folders: null });
  for (const uri of ["untitled:Untitled-1", "file:///elsewhere/x/.github/workflows/a.yml"]) {
    editor.show(uri, workflow(DEBUG).replace("make", awsKey()));
    await editor.until(() => editor.of(uri).length > 0, uri);
    editor.say("textDocument/didClose", { textDocument: { uri } });
    await editor.until(() => editor.of(uri).length === 0, uri);
  }
});

test("a fix is made, and nothing else changes", async () => {
  const editor = await Editor.open();
  const text = workflow(DEBUG);
  editor.show(at(WORKFLOW), text);
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  const fix = (await actions(editor, at(WORKFLOW))).find(({ isPreferred }) => isPreferred);
  assert.equal(edited(text, fix.edit, at(WORKFLOW)), text.replace(": true }", ": false }"));
  assert.equal(fix.diagnostics[0].code, "governance/debug-trace");
  const [all] = await actions(editor, at(WORKFLOW), ["source.fixAll"]);
  assert.equal(all.kind, "source.fixAll.hallpass");
  const mended = edited(text, all.edit, at(WORKFLOW));
  editor.change(at(WORKFLOW), 2, [{ text: mended }]);
  await editor.until(() => !editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
});

test("a waiver leaves the file clean", async () => {
  const editor = await Editor.open();
  const text = workflow(DEBUG);
  editor.show(at(WORKFLOW), text);
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  const action = (await actions(editor, at(WORKFLOW))).find(({ command }) => command?.command === "hallpass.waive");
  const terms = { owner: "team-x", reason: "TICKET-1", until: "2030-01-20" };
  const edit = await editor.ask("hallpass/waive", { ...action.command.arguments[0], terms });
  const waived = edited(text, edit, at(WORKFLOW));
  assert.match(waived, /hallpass: allow\(.*team-x.*TICKET-1/);
  editor.change(at(WORKFLOW), 2, [{ text: waived }]);
  await editor.until(() => !editor.rules(at(WORKFLOW)).some((code) => /debug-trace|waiver/.test(code)));
  // On terms that no policy admits there is none.
  editor.change(at(WORKFLOW), 3, [{ text }]);
  const late = { ...terms, until: "2099-01-01" };
  assert.equal(await editor.ask("hallpass/waive", { ...action.command.arguments[0], terms: late }), null);
});

test("where comments are none, a waiver is a row of the policy, wherever that stands", async () => {
  const text = JSON.stringify({ name: "é 🎉", key: awsKey() }, null, 2);
  for (const [policy, old] of [["hallpass.toml", undefined], [".github/hallpass.toml", "# ours: é 🎉\n"]]) {
    const editor = await Editor.open();
    if (old) editor.disk({ [policy]: old });
    editor.show(at("config.json"), text, 1, "json");
    const { data } = await editor.until(() => editor.of(at("config.json")).find(({ code }) => code === "secret/hardcoded-credential"));
    const terms = { owner: "team-x", reason: "TICKET-1", until: "2030-01-20" };
    const edit = await editor.ask("hallpass/waive", { uri: at("config.json"), fingerprint: data.fingerprint, terms });
    assert.deepEqual(edit.documentChanges.map(({ kind }) => kind), old ? [undefined] : ["create", undefined]);
    editor.disk({ [policy]: edited(old ?? "", edit, at(policy)) });
    await editor.until(() => editor.of(at("config.json")).length === 0);
  }
});

test("a waiver that nobody needs is faded, and goes with its line", async () => {
  const editor = await Editor.open();
  const clean = workflow("      - run: make\n");
  const text = clean.replace("      - run", '      # hallpass: allow(governance/debug-trace) until=2030-01-20 owner=x reason="é 🎉"\n      - run');
  editor.show(at(WORKFLOW), text);
  editor.disk({}, { whole: true });
  const told = await editor.until(() => editor.of(at(WORKFLOW)).find(({ code }) => code === "governance/waiver-unused"));
  const unnecessary = 1;
  assert.deepEqual(told.tags, [unnecessary]);
  const action = (await actions(editor, at(WORKFLOW))).find(({ title }) => title === "remove this waiver");
  assert.equal(edited(text, action.edit, at(WORKFLOW)), clean);
});

test("each folder is a tree of its own", async () => {
  const other = "file:///home/me/other";
  const editor = await Editor.open({ folders: [{ uri: FOLDER, name: "shop" }, { uri: other, name: "other" }] });
  editor.disk({ "hallpass.toml": `[rules.severity]\n"governance/debug-trace" = "off"\n` });
  for (const folder of [FOLDER, other]) editor.show(`${folder}/${WORKFLOW}`, workflow(DEBUG));
  await editor.until(() => editor.rules(`${other}/${WORKFLOW}`).includes("governance/debug-trace"));
  assert.ok(!editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  editor.say("workspace/didChangeWorkspaceFolders", { event: { added: [], removed: [{ uri: FOLDER, name: "shop" }] } });
  // It stands alone now, without that policy.
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
});

test("a policy that is wrong is told in its file, and the last one that was right stays in force", async () => {
  const editor = await Editor.open();
  const right = `[rules.severity]\n"governance/debug-trace" = "off"\n`;
  editor.show(at(WORKFLOW), workflow(DEBUG));
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  editor.disk({ ".config/hallpass.toml": right });
  await editor.until(() => !editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  const wrong = `# é 🎉\n${right}"é 🎉" = "off"\n`;
  editor.disk({ ".config/hallpass.toml": wrong });
  const told = await editor.until(() => editor.of(at(".config/hallpass.toml")).find(({ code }) => code === "configuration"));
  assert.equal(part(wrong, told.range).split(" = ")[0], '"é 🎉"');
  assert.ok(!editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  editor.disk({ ".config/hallpass.toml": "" });
  await editor.until(() => editor.of(at(".config/hallpass.toml")).length === 0);
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
});

test("files on disk are counted as an editor shows them", async () => {
  const text = workflow(DEBUG);
  const utf16 = (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
  const kinds = {
    "with a mark": Buffer.from(`\ufeff${text}`),
    "in UTF-16": utf16(text),
    "with bytes that are no UTF-8": Buffer.concat([Buffer.from("# "), Buffer.from([0xe9, 0xff]), Buffer.from(` é\r\n${text}`)]),
  };
  for (const [kind, bytes] of Object.entries(kinds)) {
    const editor = await Editor.open();
    editor.say("hallpass/files", { folder: FOLDER, files: [{ path: WORKFLOW, content: new Uint8Array(bytes) }], gone: [], more: false, whole: false });
    const found = await editor.until(() => editor.of(at(WORKFLOW)).find(({ code }) => code === "governance/debug-trace"), kind);
    const seen = kind.startsWith("with bytes") ? bytes.toString() : text;
    assert.match(part(seen, found.range), /^(?:true|ACTIONS_STEP_DEBUG: true|ACTIONS_STEP_DEBUG)$/, kind);
  }
});

test("identities are known with their places", async () => {
  const editor = await Editor.open();
  const path = "infra/é 🎉.tf";
  const text = `# é 🎉\nresource "aws_iam_user" "robot" { name = "robot" }\n`;
  editor.disk({ [path]: text });
  const held = await editor.ask("hallpass/inventory", null);
  const robot = held.find(({ id }) => id.endsWith("/robot"));
  assert.equal(robot.class, "identity");
  assert.equal(decodeURIComponent(robot.places[0].uri), decodeURIComponent(at(path)));
  assert.match(part(text, robot.places[0].range), /robot|aws_iam_user/);
});

test("the server that only keeps the inventory tells no findings", async () => {
  const editor = await Editor.open({ options: { role: "inventory" } });
  assert.equal(editor.capabilities.hoverProvider, undefined);
  editor.show(at(WORKFLOW), workflow(DEBUG));
  await editor.settled();
  assert.deepEqual(editor.published, []);
  assert.match((await editor.ask("hallpass/explain", { rule: "governance/debug-trace" })).page, /## Why it matters/);
});

test("what the module does not take is told, and the server lives", async () => {
  const editor = await Editor.open({ options: { today: "tomorrow" } });
  editor.show(at(WORKFLOW), workflow(DEBUG));
  const [message] = await editor.until(() => editor.messages.length > 0 && editor.messages);
  assert.match(message, /today/);
  assert.deepEqual(editor.published, [], "it is about no file");
  editor.say("workspace/didChangeConfiguration", { settings: { hallpass: { today: "2030-01-01" } } });
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
});

test("a trap is told once, and the next edit is checked by a fresh instance", async () => {
  // The thread of the server, in which the module can be made to trap.
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const code = `
    const { workerData } = require("node:worker_threads");
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (module, imports) {
      const real = new Instance(module, imports);
      Atomics.add(workerData.flag, 1, 1);
      const exports = Object.fromEntries(Object.entries(real.exports).map(([name, is]) => [name, name !== "tree_check" ? is : (...given) => {
        if (Atomics.load(workerData.flag, 0) > 0) {
          Atomics.sub(workerData.flag, 0, 1);
          throw new WebAssembly.RuntimeError("unreachable");
        }
        return is(...given);
      }]));
      return { exports };
    };
    require(workerData.server);`;
  const worker = new Worker(code, { eval: true, workerData: { flag, server: dist("server-node.js") } });
  const editor = await Editor.open({ worker });
  editor.show(at(WORKFLOW), workflow(DEBUG));
  await editor.until(() => editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  // A new instance is asked at once, and traps as well.
  Atomics.store(flag, 0, 4);
  for (const version of [2, 3]) {
    editor.change(at(WORKFLOW), version, [{ text: `${workflow(DEBUG)}# ${version}\n` }]);
    const known = editor.checked.length;
    await editor.until(() => editor.checked.slice(known).some(({ trouble }) => trouble));
    // What was found stays.
    assert.ok(editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  }
  assert.equal(Atomics.load(flag, 0), 0);
  assert.equal(Atomics.load(flag, 1), 4);
  editor.change(at(WORKFLOW), 4, [{ text: workflow("      - run: make\n") }]);
  await editor.until(() => !editor.rules(at(WORKFLOW)).includes("governance/debug-trace"));
  assert.equal(editor.messages.length, 1);
  await editor.until(() => editor.checked.at(-1).trouble === undefined);
});
