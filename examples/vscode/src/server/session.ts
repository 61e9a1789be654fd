// What is open: folders, documents, and the ground that each document stands on.

import { TextDocument } from "vscode-languageserver-textdocument";
import type { Rule } from "../../../../plugin/js/hallpass";
import type { FilesParams, Settings } from "../protocol";
import { alone, inside, plainly } from "./address";
import { Trap, type Engine } from "./engine";
import { Ground } from "./ground";

/** Where a document stands. */
export interface Home { ground: Ground; path: string }

/** Documents larger than this are not checked, in characters: no pipeline is, and each keystroke would pay for it. */
const LARGEST = 10 * 1024 * 1024;

const STOPPED =
  "the rule module stopped at what was last edited. What was found before stays; the next edit is checked anew.";

/** What is told of something that went wrong. */
export function said(error: unknown): string {
  if (error instanceof Trap) return STOPPED;
  return error instanceof Error ? error.message : String(error);
}

export class Session {
  /** By what their addresses mean. */
  readonly grounds = new Map<string, Ground>();
  readonly documents = new Map<string, TextDocument>();
  private rules: Map<string, Rule> | undefined;

  constructor(readonly engine: Engine, public settings: Settings) {}

  configure(settings: Settings): void {
    this.settings = { ...this.settings, ...settings };
    for (const ground of this.grounds.values()) ground.configure(this.settings);
  }

  addFolder(uri: string): Ground {
    const key = plainly(uri).replace(/\/$/, "");
    const known = this.grounds.get(key);
    if (known) return known;
    const ground = new Ground(this.engine, uri, this.settings);
    this.grounds.set(key, ground);
    this.resettle();
    return ground;
  }

  removeFolder(uri: string): void {
    const key = plainly(uri).replace(/\/$/, "");
    this.grounds.get(key)?.free();
    this.grounds.delete(key);
    this.resettle();
  }

  /** Documents may stand elsewhere, with other folders. */
  private resettle(): void {
    for (const [key, ground] of [...this.grounds]) {
      if (ground.only === undefined) continue;
      ground.free();
      this.grounds.delete(key);
    }
    for (const document of this.documents.values()) this.settle(document);
  }

  put(document: TextDocument): void {
    this.documents.set(document.uri, document);
    this.settle(document);
  }

  private settle(document: TextDocument): void {
    const home = this.home(document.uri) ?? this.standAlone(document);
    home.ground.show(home.path, document.getText().length > LARGEST ? undefined : document);
  }

  private standAlone(document: TextDocument): Home {
    const path = alone(document.uri, document.languageId);
    const ground = new Ground(this.engine, document.uri, this.settings, path);
    this.grounds.set(plainly(document.uri), ground);
    return { ground, path };
  }

  close(uri: string): void {
    const home = this.home(uri);
    this.documents.delete(uri);
    if (!home) return;
    home.ground.show(home.path, undefined);
    if (home.ground.only === undefined) return;
    home.ground.free();
    this.grounds.delete(plainly(uri));
  }

  disk(params: FilesParams): void {
    this.addFolder(params.folder).disk(params);
  }

  /** The ground of a document or file, and the path that it has there. */
  home(uri: string): Home | undefined {
    const own = this.grounds.get(plainly(uri));
    if (own?.only !== undefined) return { ground: own, path: own.only };
    let best: Home | undefined;
    for (const ground of this.grounds.values()) {
      const path = ground.only === undefined ? inside(ground.uri, uri) : undefined;
      if (path !== undefined && (!best || path.length < best.path.length)) best = { ground, path };
    }
    return best;
  }

  /** Makes everything that is known true. What changed is told, and what stood in the way. */
  update(): { changed: Ground[]; trouble: string | undefined } {
    const changed: Ground[] = [];
    let trouble: string | undefined;
    for (const ground of this.grounds.values()) {
      try {
        if (ground.update()) changed.push(ground);
      } catch (error) {
        trouble = said(error);
        changed.push(ground);
      }
    }
    return { changed, trouble };
  }

  rule(name: string): Rule | undefined {
    this.rules ??= new Map(
      this.engine.run((api) => api.rules()).flatMap((rule) => [rule.id, ...rule.aliases].map((id) => [id, rule] as const)),
    );
    return this.rules.get(name);
  }
}
