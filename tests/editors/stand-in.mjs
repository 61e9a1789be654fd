// A stand-in for the desktop's editor: enough of its interface for the extension to start, to read a folder of the disk and to
// say what it found. The desktop editor itself cannot be had from a package registry; its web build can (`vscode.mjs`).

import { readdirSync, readFileSync, statSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const extension = fileURLToPath(new URL("../../examples/vscode/", import.meta.url));
const nothing = () => ({ dispose() {} });

class Uri {
  authority = ""; query = ""; fragment = "";
  constructor(scheme, path) { Object.assign(this, { scheme, path, fsPath: path }); }
  static file = (path) => new Uri("file", path);
  static from = ({ scheme, path }) => new Uri(scheme, path);
  static parse = (text) => new Uri(...[/^([^:]+):(?:\/\/)?(.*)$/.exec(text)].map((m) => m.slice(1)).map(([s, p]) => [s, decodeURIComponent(p)])[0]);
  static joinPath = (uri, ...parts) => new Uri(uri.scheme, join(uri.path, ...parts));
  with = (changes) => new Uri(changes.scheme ?? this.scheme, changes.path ?? this.path);
  toString = () => `${this.scheme}://${this.path.split("/").map(encodeURIComponent).join("/")}`;
}

class Disposable {
  constructor(dispose) { this.dispose = () => dispose?.(); }
  static from = (...all) => new Disposable(() => all.forEach((one) => one.dispose()));
}

class EventEmitter {
  #heard = new Set();
  event = (hear) => { this.#heard.add(hear); return new Disposable(() => this.#heard.delete(hear)); };
  fire = (event) => this.#heard.forEach((hear) => hear(event));
  dispose() {}
}

class CodeActionKind {
  static Empty = new CodeActionKind("");
  static QuickFix = new CodeActionKind("quickfix");
  constructor(value) { this.value = value; }
  append = (part) => new CodeActionKind(this.value ? `${this.value}.${part}` : part);
}

class Range {
  constructor(...given) {
    const [line, character, endLine, endCharacter] = given;
    Object.assign(this, given.length === 2 ? { start: given[0], end: given[1] } : { start: { line, character }, end: { line: endLine, character: endCharacter } });
  }
}

class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: nothing };
  cancel() {}
  dispose() {}
}

/** An interface of which most is there and does nothing. */
const mostly = (known) =>
  new Proxy(known, { get: (_, name) => known[name] ?? (/^(?:on|register|create)[A-Z]/.test(String(name)) ? nothing : undefined) });

const below = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? below(join(folder, entry.name)) : [join(folder, entry.name)]));

/** Starts the extension on a folder, with settings by name. */
export async function start(folder, settings) {
  const state = { diagnostics: new Map(), log: [], status: {}, tree: undefined };
  const logged = (level) => (text) => state.log.push(`${level}: ${text}`);
  const opened = { uri: Uri.file(folder), name: "opened", index: 0 };
  const known = {
    version: "1.91.1",
    Uri, Disposable, EventEmitter, CodeActionKind, Range, CancellationTokenSource,
    Position: class { constructor(line, character) { Object.assign(this, { line, character }); } },
    Diagnostic: class { constructor(range, message) { Object.assign(this, { range, message }); } },
    MarkdownString: class { value = ""; appendMarkdown(text) { this.value += text; } appendText(text) { this.value += text; } },
    RelativePattern: class { constructor(base, pattern) { Object.assign(this, { base: base.uri ?? base, pattern }); } },
    FileType: { File: 1, Directory: 2 },
    LogLevel: { Off: 0, Trace: 1, Debug: 2, Info: 3, Warning: 4, Error: 5 },
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    workspace: mostly({
      workspaceFolders: [opened], textDocuments: [], notebookDocuments: [], name: "opened",
      isTrusted: settings.trusted ?? true,
      getConfiguration: (section) => ({ get: (name, otherwise) => settings[`${section}.${name}`] ?? otherwise }),
      getWorkspaceFolder: () => opened,
      findFiles: async () => below(folder).map(Uri.file),
      createFileSystemWatcher: () => ({ onDidCreate: nothing, onDidChange: nothing, onDidDelete: nothing, dispose() {} }),
      fs: {
        readFile: async (uri) => new Uint8Array(readFileSync(uri.fsPath)),
        stat: async (uri) => ({ type: 1, size: statSync(uri.fsPath).size }),
      },
    }),
    languages: mostly({
      getDiagnostics: () => [], match: () => 1,
      createDiagnosticCollection: () => mostly({
        set: (uri, found) => state.diagnostics.set(uri.path.slice(folder.length + 1), found),
        delete: (uri) => state.diagnostics.delete(uri.path.slice(folder.length + 1)),
        dispose() {}, clear() {},
      }),
    }),
    window: mostly({
      createOutputChannel: () => mostly({ logLevel: 3, info: logged("info"), warn: logged("warn"), error: logged("error"), dispose() {} }),
      createStatusBarItem: () => Object.assign(state.status, { show() {}, dispose() {} }),
      createTreeView: (_, { treeDataProvider }) => { state.tree = treeDataProvider; return nothing(); },
      showErrorMessage: async () => undefined, showWarningMessage: async () => undefined, showInformationMessage: async () => undefined,
      visibleTextEditors: [], tabGroups: mostly({ all: [] }),
    }),
    commands: mostly({ executeCommand: async () => undefined }),
    env: mostly({ appName: "stand-in", language: "en" }),
  };
  // What the client's library extends.
  const types = readFileSync(join(extension, "node_modules/@types/vscode/index.d.ts"), "utf8");
  for (const [, name] of types.matchAll(/^\t?export (?:class|enum) (\w+)/gm)) known[name] ??= class {};

  const load = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? known : load(name, ...rest));
  const require = createRequire(import.meta.url);
  // Each start is with an interface of its own.
  delete require.cache[join(extension, "dist/desktop.js")];
  const { activate } = require(join(extension, "dist/desktop.js"));
  Module._load = load;
  const packageJSON = JSON.parse(readFileSync(join(extension, "package.json"), "utf8"));
  const context = { subscriptions: [], extensionUri: Uri.file(extension), extension: { packageJSON } };
  await activate(context);
  return { state, stop: async () => { for (const one of context.subscriptions.reverse()) await one.dispose?.(); } };
}
