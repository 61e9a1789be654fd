// A file system in memory, filled from `/workspace.json` of the server that this extension comes from: texts by path.

const vscode = require("vscode");

const { Directory, File } = vscode.FileType;

class Memory {
  constructor(files) {
    this.changed = new vscode.EventEmitter();
    this.onDidChangeFile = this.changed.event;
    this.files = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  }

  /** Names below a folder, each with what it is. */
  below(path) {
    const root = path.endsWith("/") ? path : `${path}/`;
    const inner = [...this.files.keys()].filter((known) => known.startsWith(root)).map((known) => known.slice(root.length));
    return new Map(inner.map((known) => [known.split("/")[0], known.includes("/") ? Directory : File]));
  }

  watch() {
    return new vscode.Disposable(() => {});
  }

  stat({ path }) {
    const content = this.files.get(path);
    if (content) return { type: File, ctime: 0, mtime: Date.now(), size: content.length };
    if (this.below(path).size > 0) return { type: Directory, ctime: 0, mtime: 0, size: 0 };
    throw vscode.FileSystemError.FileNotFound(path);
  }

  readDirectory({ path }) {
    return [...this.below(path)];
  }

  readFile({ path }) {
    const content = this.files.get(path);
    if (!content) throw vscode.FileSystemError.FileNotFound(path);
    return content;
  }

  writeFile(uri, content) {
    const { Changed, Created } = vscode.FileChangeType;
    const type = this.files.has(uri.path) ? Changed : Created;
    this.files.set(uri.path, content);
    this.changed.fire([{ type, uri }]);
  }

  delete(uri) {
    this.files.delete(uri.path);
    this.changed.fire([{ type: vscode.FileChangeType.Deleted, uri }]);
  }

  createDirectory() {}

  rename() {
    throw vscode.FileSystemError.NoPermissions();
  }

  provideFileSearchResults(_query, { folder }) {
    const root = `${folder.path}/`;
    return [...this.files.keys()].filter((path) => path.startsWith(root)).map((path) => folder.with({ path }));
  }
}

exports.activate = async (context) => {
  const served = await fetch(context.extensionUri.with({ path: "/workspace.json" }).toString(true));
  const memory = new Memory(await served.json());
  context.subscriptions.push(
    vscode.workspace.registerFileSystemProvider("memory", memory, { isCaseSensitive: true }),
    vscode.workspace.registerFileSearchProvider("memory", memory),
  );
};
