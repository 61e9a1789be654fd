// The files of the folders, for a server that cannot read them: found once, and kept as they are on disk.

import { Disposable, FileType, RelativePattern, Uri, workspace, type WorkspaceFolder, type WorkspaceFoldersChangeEvent } from "vscode";
import type { BaseLanguageClient } from "vscode-languageclient";
import * as ours from "../protocol";
import { Ignored } from "./ignored";
import type { Wishes } from "./settings";

/** Files larger than this are left out, in bytes: no pipeline is. */
const LARGEST = 10 * 1024 * 1024;
/** Files that are read at a time, and handed over at a time. */
const AT_ONCE = 64;
/** Paths that are listed at most; the server says which of them are worth reading. */
const LISTED = 100_000;
/** How long changes on disk are gathered, in milliseconds: a checkout touches many files. */
const PAUSE = 250;
/** Bytes of a folder that are handed over at most: they are held in memory. */
const BYTES = 64 * 1024 * 1024;
/** What is recognised by what it holds: documents, of which a path says little. */
const DOCUMENTS = /\.(?:ya?ml|json|toml)$/i;
const POLICIES = /\.toml$/;
const IGNORE_FILE = /(?:^|\/)\.gitignore$/;
const IGNORED = /(?:^|\/)(?:node_modules|\.git)(?:\/|$)/;

/** What is known of a folder. */
interface Known {
  /** The files that were handed over, with their sizes. */
  handed: Map<string, number>;
  ignored: Ignored;
  /** Which files are wanted, once it is decided. */
  wanted: "all" | "relevant" | "none";
}

export class Feeder implements Disposable {
  private readonly watchers = new Map<string, Disposable>();
  private readonly touched = new Map<string, { folder: WorkspaceFolder; uri: Uri }>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Files that are left out. */
  private readonly left = new Set<string>();
  private readonly known = new Map<string, Known>();
  /** One piece of work after another: only the last may say that everything is known. */
  private queue: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(
    private readonly server: BaseLanguageClient,
    private readonly wishes: Wishes,
    private readonly leftOut: (files: number) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  fill(): void {
    for (const folder of workspace.workspaceFolders ?? []) this.add(folder);
  }

  folders({ added, removed }: WorkspaceFoldersChangeEvent): void {
    for (const folder of removed) {
      this.watchers.get(folder.uri.toString())?.dispose();
      this.watchers.delete(folder.uri.toString());
    }
    for (const folder of added) this.add(folder);
  }

  private add(folder: WorkspaceFolder): void {
    this.watch(folder);
    this.then(() => this.look(folder));
  }

  private then(work: () => Promise<void>): void {
    this.queue = this.queue.then(work).catch((error: unknown) => {
      // What fails because the server is gone is no news.
      if (!this.ended) this.failed(error);
    });
  }

  private watch(folder: WorkspaceFolder): void {
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, "**/*"));
    const touch = (uri: Uri) => {
      if (IGNORED.test(path(folder, uri))) return;
      this.touched.set(uri.toString(), { folder, uri });
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.then(() => this.refresh()), PAUSE);
    };
    this.watchers.set(
      folder.uri.toString(),
      Disposable.from(watcher, watcher.onDidCreate(touch), watcher.onDidChange(touch), watcher.onDidDelete(touch)),
    );
  }

  /** Looks at a whole folder. */
  private async look(folder: WorkspaceFolder): Promise<void> {
    const key = folder.uri.toString();
    const found = (await listed(folder, folder.uri)).filter((uri) => !IGNORED.test(path(folder, uri)));
    const texts = found.filter((uri) => IGNORE_FILE.test(uri.path)).map(async (uri) => {
      const bytes = await workspace.fs.readFile(uri).then((is) => is, () => new Uint8Array());
      return [path(folder, uri), new TextDecoder().decode(bytes)] as const;
    });
    for (const uri of this.left) if (uri.startsWith(`${key}/`)) this.left.delete(uri);
    const ignored = new Ignored(Object.fromEntries(await Promise.all(texts)));
    const handed = this.known.get(key)?.handed ?? new Map<string, number>();
    const known: Known = { handed, ignored, wanted: this.wishes.files === "auto" ? "all" : this.wishes.files };
    this.known.set(key, known);
    let wanted = await this.wanted(folder, found, known);
    // Of other file systems, each file is a question over the network.
    if (this.wishes.files === "auto" && (folder.uri.scheme !== "file" || wanted.length > this.wishes.most)) {
      known.wanted = "relevant";
      wanted = await this.wanted(folder, found, known);
    }
    const paths = new Set(wanted.map((uri) => path(folder, uri)));
    await this.hand(folder, wanted, [...handed.keys()].filter((path) => !paths.has(path)), known);
  }

  /** Looks at what changed. */
  private async refresh(): Promise<void> {
    const touched = [...this.touched.values()];
    this.touched.clear();
    for (const folder of new Set(touched.map((touch) => touch.folder))) {
      const known = this.known.get(folder.uri.toString());
      const its = touched.filter((touch) => touch.folder === folder).map(({ uri }) => uri);
      if (!known || its.some((uri) => IGNORE_FILE.test(uri.path))) {
        await this.look(folder);
        continue;
      }
      const there: Uri[] = [];
      const gone: string[] = [];
      for (const uri of its) {
        const type = await workspace.fs.stat(uri).then((stat) => stat.type, () => undefined);
        if (type === undefined) gone.push(path(folder, uri));
        else if (type & FileType.Directory) there.push(...(await listed(folder, uri)));
        else if (known.handed.has(path(folder, uri)) || (await isListed(folder, uri))) there.push(uri);
      }
      await this.hand(folder, await this.wanted(folder, there, known), gone, known);
    }
  }

  /** Hands over files, and says which are gone. */
  private async hand(folder: WorkspaceFolder, wanted: Uri[], gone: string[], { handed, wanted: mode }: Known): Promise<void> {
    for (const path of [...handed.keys()]) if (gone.some((root) => path === root || path.startsWith(`${root}/`))) handed.delete(path);
    for (let at = 0; at === 0 || at < wanted.length; at += AT_ONCE) {
      const read = await Promise.all(wanted.slice(at, at + AT_ONCE).map((uri) => this.read(folder, uri, handed)));
      const more = at + AT_ONCE < wanted.length;
      const whole = mode === "all" && this.left.size === 0;
      if (this.ended) return;
      const files = read.filter((file) => file !== undefined);
      await this.server.sendNotification(ours.files, { folder: folder.uri.toString(), files, gone: at === 0 ? gone : [], more, whole });
    }
    this.leftOut(this.left.size);
  }

  /** Those of the files that are worth reading. */
  private async wanted(folder: WorkspaceFolder, uris: Uri[], { ignored, wanted }: Known): Promise<Uri[]> {
    const paths = uris.map((uri) => path(folder, uri));
    // The policy holds for open documents as well.
    if (wanted === "none") return uris.filter((_, index) => POLICIES.test(paths[index] ?? ""));
    // What a path says to be a pipeline is read even where Git ignores it.
    const sure = new Set(await this.server.sendRequest(ours.recognise, { paths }));
    return uris.filter((_, index) => {
      const path = paths[index] ?? "";
      return sure.has(index) || ((wanted === "all" || DOCUMENTS.test(path)) && !ignored.has(path));
    });
  }

  private async read(folder: WorkspaceFolder, uri: Uri, handed: Map<string, number>): Promise<ours.Named | undefined> {
    try {
      const name = path(folder, uri);
      const { size } = await workspace.fs.stat(uri);
      const sum = [...handed.values()].reduce((sum, one) => sum + one, size - (handed.get(name) ?? 0));
      const isRoom = handed.has(name) || handed.size < this.wishes.most;
      if (size > LARGEST || sum > BYTES || !isRoom) {
        this.left.add(uri.toString());
        return undefined;
      }
      handed.set(name, size);
      return { path: name, content: await workspace.fs.readFile(uri) };
    } catch {
      // Gone by now, or not ours to read.
      return undefined;
    }
  }

  dispose(): void {
    this.ended = true;
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.dispose();
  }
}

/** The path of a file in its folder. */
function path(folder: WorkspaceFolder, uri: Uri): string {
  return uri.path.slice(folder.uri.path.replace(/\/$/, "").length + 1);
}

/** What the user has left out of lists and searches. */
function excluded(folder: WorkspaceFolder): string {
  const of = (section: string) =>
    Object.entries(workspace.getConfiguration(section, folder).get<Record<string, unknown>>("exclude", {}))
      .filter(([, is]) => is === true)
      .map(([pattern]) => pattern);
  return `{${["**/node_modules/**", "**/.git/**", ...of("files"), ...of("search")].join(",")}}`;
}

/** The files below a place of a folder. */
async function listed(folder: WorkspaceFolder, below: Uri): Promise<Uri[]> {
  const found = await workspace.findFiles(new RelativePattern(below, "**/*"), excluded(folder), LISTED);
  // File systems of other extensions have no search that an extension may offer.
  return found.length > 0 || below.scheme === "file" ? found : walked(below);
}

/** Whether a file would be among those that are listed. */
async function isListed(folder: WorkspaceFolder, uri: Uri): Promise<boolean> {
  const literal = path(folder, uri).replace(/[*?[\]{}]/g, "[$&]");
  const found = await workspace.findFiles(new RelativePattern(folder, literal), excluded(folder), 1);
  return found.length > 0 || uri.scheme !== "file";
}

async function walked(root: Uri): Promise<Uri[]> {
  const found: Uri[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder && found.length < LISTED; folder = folders.pop()) {
    const entries = await workspace.fs.readDirectory(folder).then((its) => its, () => []);
    for (const [name, type] of entries) {
      const uri = Uri.joinPath(folder, name);
      // Through links, a folder may be below itself.
      if (type === FileType.Directory && !IGNORED.test(name)) folders.push(uri);
      else if (type & FileType.File) found.push(uri);
    }
  }
  return found;
}
