// The files of the folders, for a server that cannot read them: found once, and kept as they are on disk.

import { Disposable, FileType, RelativePattern, Uri, workspace, type WorkspaceFolder, type WorkspaceFoldersChangeEvent } from "vscode";
import type { BaseLanguageClient } from "vscode-languageclient";
import * as ours from "../protocol";
import type { Wishes } from "./settings";

/** Files larger than this are left out, in bytes: no pipeline is. */
const LARGEST = 10 * 1024 * 1024;
/** Files that are read at a time, and handed over at a time. */
const AT_ONCE = 64;
/** Paths that are listed at most; the server says which of them are worth reading. */
const LISTED = 100_000;
/** How long changes on disk are gathered, in milliseconds: a checkout touches many files. */
const PAUSE = 250;
const IGNORED = /(?:^|\/)(?:node_modules|\.git)(?:\/|$)/;

export class Feeder implements Disposable {
  private readonly watchers = new Map<string, Disposable>();
  private readonly touched = new Map<string, { folder: WorkspaceFolder; uri: Uri }>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Files that are left out. */
  private readonly left = new Set<string>();
  /** The paths of each folder that were handed over. */
  private readonly handed = new Map<string, Set<string>>();
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
    this.then(async () => this.hand(folder, await listed(folder, folder.uri), []));
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

  private async refresh(): Promise<void> {
    const touched = [...this.touched.values()];
    this.touched.clear();
    for (const folder of new Set(touched.map((touch) => touch.folder))) {
      const there: Uri[] = [];
      const gone: string[] = [];
      for (const { uri } of touched.filter((touch) => touch.folder === folder)) {
        const type = await workspace.fs.stat(uri).then((stat) => stat.type, () => undefined);
        if (type === undefined) gone.push(path(folder, uri));
        else if (type & FileType.Directory) there.push(...(await listed(folder, uri)));
        else if (this.handed.get(folder.uri.toString())?.has(path(folder, uri)) || (await isListed(folder, uri))) there.push(uri);
      }
      await this.hand(folder, there, gone);
    }
  }

  /** Hands over what is worth it, with what is gone. */
  private async hand(folder: WorkspaceFolder, found: Uri[], gone: string[]): Promise<void> {
    const key = folder.uri.toString();
    const handed = this.handed.get(key) ?? new Set<string>();
    this.handed.set(key, handed);
    for (const path of handed) if (gone.some((root) => path === root || path.startsWith(`${root}/`))) handed.delete(path);
    const taken: Uri[] = [];
    for (const uri of await this.wanted(folder, found.filter((uri) => !IGNORED.test(path(folder, uri))))) {
      if (!handed.has(path(folder, uri)) && handed.size >= this.wishes.most) this.left.add(uri.toString());
      else {
        handed.add(path(folder, uri));
        taken.push(uri);
      }
    }
    for (let at = 0; at === 0 || at < taken.length; at += AT_ONCE) {
      const read = await Promise.all(taken.slice(at, at + AT_ONCE).map((uri) => this.read(folder, uri)));
      const more = at + AT_ONCE < taken.length;
      const whole = this.wishes.files === "all" && this.left.size === 0 && found.length < LISTED;
      if (this.ended) return;
      const files = read.filter((file) => file !== undefined);
      await this.server.sendNotification(ours.files, { folder: key, files, gone: at === 0 ? gone : [], more, whole });
    }
    this.leftOut(this.left.size);
  }

  private async wanted(folder: WorkspaceFolder, uris: Uri[]): Promise<Uri[]> {
    if (this.wishes.files === "all") return uris;
    const paths = uris.map((uri) => path(folder, uri));
    // The policy holds for open documents as well.
    if (this.wishes.files === "none") return uris.filter((_, index) => paths[index]?.endsWith(".toml"));
    const known = new Set(await this.server.sendRequest(ours.recognise, { paths }));
    // A policy reads along what it extends, which may have any name.
    return uris.filter((_, index) => known.has(index) || paths[index]?.endsWith(".toml"));
  }

  private async read(folder: WorkspaceFolder, uri: Uri): Promise<ours.Named | undefined> {
    try {
      const { size } = await workspace.fs.stat(uri);
      if (size <= LARGEST) return { path: path(folder, uri), content: await workspace.fs.readFile(uri) };
      this.left.add(uri.toString());
      return undefined;
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
