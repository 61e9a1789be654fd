// The files of one folder, or one document that stands alone, and what the module says of them. Open documents stand in for
// files.
//
// Invariant: nothing is judged here.

import { TextDocument } from "vscode-languageserver-textdocument";
import type { Answer, Edit, Finding, Options, Span, Terms, Tree } from "../../../../plugin/js/hallpass";
import type { FilesParams, Settings } from "../protocol";
import { below } from "./address";
import { shown, text, type Content } from "./content";
import { isTrap, Trap, type Engine } from "./engine";
import { options, placeOf, POLICY, type Problem } from "./policy";
import { refused } from "./refusal";

/** What was said of a text. */
interface Good { text: string; found: { at: Span; finding: Finding }[] }

export class Ground {
  /** The last answer, of the texts as they were then. */
  answer: Answer | undefined;
  problems: Problem[] = [];
  /** What was said of open documents when they could last be read, by path. */
  readonly good = new Map<string, Good>();
  /** Where the policy stands. */
  policy: string | undefined;

  private readonly stored = new Map<string, Content>();
  private readonly open = new Map<string, TextDocument>();
  private readonly texts = new Map<string, TextDocument>();
  private tree: { is: Tree; generation: number } | undefined;
  /** What the tree was configured with, and what was tried last. */
  private force: Options | undefined;
  private tried: string | undefined;
  private readonly dirty = new Set<string>();
  private due = true;
  /** Whether the last answer of the tree is to all that it holds. */
  private fresh = false;
  private whole = false;

  /** `only`: the document that stands alone. */
  constructor(
    private readonly engine: Engine,
    readonly uri: string,
    private settings: Settings,
    readonly only?: string,
  ) {}

  configure(settings: Settings): void {
    this.settings = settings;
    this.due = true;
  }

  /** Files and folders as they are on disk. While more are on their way, only an edit is worth a check. */
  disk({ files, gone, more, whole }: Omit<FilesParams, "folder">): void {
    const lost = [...this.stored.keys()].filter((path) => gone.some((root) => path === root || path.startsWith(`${root}/`)));
    for (const path of lost) this.stored.delete(path);
    for (const { path, content } of files) this.stored.set(path, shown(content));
    for (const path of [...lost, ...files.map(({ path }) => path)]) if (!this.open.has(path)) this.touch(path);
    this.whole = whole;
    this.due ||= !more;
  }

  /** A document as it is in the editor; nothing if it is closed. */
  show(path: string, document: TextDocument | undefined): void {
    if (document) this.open.set(path, document);
    else {
      this.open.delete(path);
      this.good.delete(path);
    }
    this.touch(path);
    this.due = true;
  }

  private touch(path: string): void {
    this.texts.delete(path);
    this.dirty.add(path);
  }

  get count(): number {
    return new Set([...this.stored.keys(), ...this.open.keys()]).size;
  }

  version(path: string): number | null {
    return this.open.get(path)?.version ?? null;
  }

  /** Address of a path: as the editor writes it, if it is open. */
  address(path: string): string {
    return this.open.get(path)?.uri ?? (this.only === path ? this.uri : below(this.uri, path));
  }

  /** The path that the editor knows of one that the module names. */
  pathOf(path: string): string {
    return path === POLICY && !this.has(POLICY) ? (this.policy ?? path) : path;
  }

  has(path: string): boolean {
    return this.open.has(path) || this.stored.has(path);
  }

  /** A text with its lines, as the editor counts them. */
  document(path: string): TextDocument {
    const known = this.open.get(path) ?? this.texts.get(path);
    if (known) return known;
    const made = TextDocument.create(this.address(path), "", 0, text(this.stored.get(path) ?? ""));
    this.texts.set(path, made);
    return made;
  }

  private content(path: string): Content | undefined {
    return this.open.get(path)?.getText() ?? this.stored.get(path);
  }

  private readonly read = (path: string): string | undefined =>
    this.has(path) ? this.document(path).getText() : undefined;

  /** Checks what changed. Whether anything did. Throws `Trap`. */
  update(): boolean {
    if (!this.due) return false;
    // Of what brings the module down twice, nothing is asked again before it changes.
    this.due = false;
    const check = () => this.engine.run(() => void this.checked());
    try {
      check();
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      // It may have been the instance: a new one has all its memory.
      check();
    }
    this.remember();
    return true;
  }

  /** The tree of the module, with its answer to all that is known by now. */
  private checked(): Tree {
    const tree = this.current();
    if (!this.fresh) this.answer = tree.check();
    this.fresh = true;
    return tree;
  }

  private current(): Tree {
    this.policy = placeOf(this.read);
    const wanted = options(this.settings, this.whole && this.only === undefined, this.policy, this.read);
    if (!this.tree || this.tree.generation !== this.engine.generation) {
      this.tree = { is: this.make(wanted), generation: this.engine.generation };
      for (const path of new Set([...this.stored.keys(), ...this.open.keys()])) this.hand(path);
    } else {
      this.reconfigure(this.tree.is, wanted);
      for (const path of this.dirty) this.hand(path);
    }
    if (this.dirty.size > 0) this.fresh = false;
    this.dirty.clear();
    return this.tree.is;
  }

  private hand(path: string): void {
    const content = this.content(path);
    if (content === undefined) this.tree?.is.delete(path);
    else this.tree?.is.set(path, content);
  }

  private make(wanted: Options): Tree {
    return this.engine.run((api) => {
      // What was last in force, or nothing but what is always so.
      const { config: _, extended: __, detectors: ___, ...bare } = wanted;
      for (const tried of [wanted, ...(this.force ? [this.force] : []), bare]) {
        try {
          const tree = new api.Tree(tried);
          if (tried === wanted) this.problems = [];
          this.accept(wanted, tried);
          return tree;
        } catch (error) {
          if (tried === bare || isTrap(error)) throw error;
          if (tried === wanted) this.refuse(error);
        }
      }
      throw new Error("a tree without a policy cannot be made");
    });
  }

  private reconfigure(tree: Tree, wanted: Options): void {
    if (this.tried === JSON.stringify(wanted)) return;
    try {
      this.engine.run(() => tree.configure(wanted));
      this.problems = [];
      this.accept(wanted, wanted);
    } catch (error) {
      if (error instanceof Trap) throw error;
      this.tried = JSON.stringify(wanted);
      this.refuse(error);
    }
  }

  private accept(wanted: Options, force: Options): void {
    this.fresh = false;
    this.tried = JSON.stringify(wanted);
    this.force = force;
  }

  /** It is the policy that is wrong, if there is one. */
  private refuse(error: unknown): void {
    if (this.policy === undefined) throw error;
    this.problems = refused(error, this.policy, (path) => this.pathOf(path), this.read);
  }

  private remember(): void {
    for (const [path, document] of this.open) {
      if (this.failed(path)) continue;
      const found = this.found(path).map(({ at, finding }) => ({ at, finding }));
      this.good.set(path, { text: document.getText(), found });
    }
  }

  /** What is known of a file that could not be read, or not whole. */
  failed(path: string): { at?: Span; why?: string; must_check: boolean } | undefined {
    return this.answer?.coverage.find((entry) => this.pathOf(entry.path) === path && entry.status === "failed");
  }

  /** The findings of a file, once for each place that they have in it. */
  found(path: string): { at: Span; finding: Finding }[] {
    const found = (this.answer?.findings ?? []).flatMap((finding) => {
      const here = [finding, ...(finding.places ?? [])].filter((place) => this.pathOf(place.path) === path);
      const spans = new Map(here.map((place) => [`${place.span.start}-${place.span.end}`, place.span]));
      return [...spans.values()].map((at) => ({ at, finding }));
    });
    return found.sort((a, b) => a.at.start - b.at.start || a.at.end - b.at.end || (a.finding.rule < b.finding.rule ? -1 : 1));
  }

  /** Files of which there is something to say. */
  told(): Set<string> {
    const places = (this.answer?.findings ?? []).flatMap((finding) => [finding, ...(finding.places ?? [])]);
    return new Set([...places, ...this.problems].map((place) => this.pathOf(place.path)).concat([...this.open.keys()]));
  }

  /** Whether edits change what they touch and nothing else. */
  sound(edits: Edit[]): boolean {
    const files = new Map<string, Edit[]>();
    for (const edit of edits) files.set(edit.path, [...(files.get(edit.path) ?? []), edit]);
    return this.engine.run((api) =>
      [...files].every(([path, its]) => {
        const known = this.pathOf(path);
        return api.prove(known, this.document(known).getText(), its, "utf-16") === undefined;
      }),
    );
  }

  /** The fixes of some findings that go together. */
  fixed(only: string[]): Edit[] {
    return this.engine.run(() => this.checked().fix({ only }).edits);
  }

  waived(fingerprint: string, terms: Terms): Edit[] | undefined {
    return this.engine.run(() => this.checked().waive(fingerprint, terms));
  }

  inventory(): unknown {
    return this.engine.run(() => this.checked().inventory());
  }

  free(): void {
    if (this.tree?.generation === this.engine.generation) this.tree.is.free();
    this.tree = undefined;
  }
}
