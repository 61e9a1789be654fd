// The files of the page: one editor state each, in the order of their tabs. Knows nothing of what is found in them.
import type { Edit, Span, Spot } from "hallpass";
import type { ChangeSet, EditorState, TransactionSpec } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { Texts } from "./protocol";

/** What the editor calls a change that a fix or waiver made. */
export const MENDED = "input.mend";

export class Files {
  /** Another number for every other set of texts. */
  version = 0;
  private readonly states = new Map<string, EditorState>();
  /** What was done to each text since `settled`. */
  private changes = new Map<string, ChangeSet>();
  private shown = "";

  constructor(
    private readonly view: EditorView,
    private readonly fresh: (path: string, text: string) => EditorState,
  ) {}

  get names(): string[] {
    return [...this.states.keys()];
  }

  /** The path of the file in the editor. */
  get active(): string {
    return this.shown;
  }

  /** What the editor reports after each change: the state that is now in it. */
  edited(state: EditorState, changes: ChangeSet): void {
    this.keep(this.shown, state, changes);
  }

  /** From here on, places of the texts as they are now are known again with `moved`. */
  settled(): void {
    this.changes.clear();
  }

  /** Where a place of the texts as they were at `settled` is now. */
  moved({ path, span }: Spot): Span {
    const changes = this.changes.get(path);
    if (!changes || span.end > changes.length) return span;
    const start = changes.mapPos(span.start, 1);
    return { start, end: Math.max(start, changes.mapPos(span.end, -1)) };
  }

  state(path: string): EditorState | undefined {
    return this.states.get(path);
  }

  texts(): Texts {
    return new Map([...this.states].map(([path, state]) => [path, state.doc.toString()]));
  }

  add(path: string, text: string): void {
    this.changes.delete(path);
    this.states.set(path, this.fresh(path, text));
    this.version++;
  }

  show(path: string): void {
    const state = this.states.get(path);
    if (!state || path === this.shown) return;
    this.shown = path;
    this.view.setState(state);
  }

  /** The file in the editor takes another name, and keeps its place among the tabs. */
  rename(to: string): void {
    const all = [...this.states];
    this.states.clear();
    for (const [path, state] of all) {
      if (path === this.shown) this.states.set(to, this.fresh(to, state.doc.toString()));
      else this.states.set(path, state);
    }
    this.shown = "";
    this.version++;
    this.show(to);
  }

  /** Takes away the file in the editor, and shows the one beside it. */
  remove(): void {
    const names = this.names;
    const at = names.indexOf(this.shown);
    this.states.delete(this.shown);
    this.version++;
    this.show(names[at + 1] ?? names[at - 1] ?? "");
  }

  /** Hands a transaction to a file, whether it is in the editor or not. */
  dispatch(path: string, spec: TransactionSpec): void {
    if (path === this.shown) return this.view.dispatch(spec);
    const state = this.states.get(path);
    if (!state) return;
    const { state: next, changes } = state.update(spec);
    this.keep(path, next, changes);
  }

  private keep(path: string, state: EditorState, changes: ChangeSet): void {
    this.states.set(path, state);
    if (changes.empty) return;
    this.changes.set(path, this.changes.get(path)?.compose(changes) ?? changes);
    this.version++;
  }

  /** Makes edits of the texts as they are now; a file that is not there yet begins empty. */
  apply(edits: Edit[]): void {
    for (const path of new Set(edits.map((edit) => edit.path))) {
      if (!this.states.has(path)) this.add(path, "");
      const changes = edits
        .filter((edit) => edit.path === path)
        .map(({ span, replacement }) => ({ from: span.start, to: span.end, insert: replacement }));
      this.dispatch(path, { changes, userEvent: MENDED });
    }
  }
}

/** A path from the root, as the rules expect it, or why it is none. */
export function asPath(typed: string): { path: string } | { wrong: string } {
  const parts = typed.trim().replace(/\\/g, "/").split("/").filter((part) => part && part !== ".");
  if (parts.length === 0) return { wrong: "A file needs a name." };
  if (/^[A-Za-z]:$/.test(parts[0] ?? "")) return { wrong: "A name begins at the root of the tree, not at a drive." };
  if (parts.includes("..")) return { wrong: "A name stays inside the tree: no `..`." };
  return { path: parts.join("/") };
}

/** The shortest ends of paths, from a `/` on, that tell them apart. */
export function shortNames(paths: string[]): string[] {
  return paths.map((path) => {
    const parts = path.split("/");
    for (let from = parts.length - 1; from > 0; from--) {
      const end = parts.slice(from).join("/");
      if (!paths.some((other) => other !== path && `/${other}`.endsWith(`/${end}`))) return end;
    }
    return path;
  });
}
