// What the client and the TypeScript server say to each other besides the protocol of language servers.

import { NotificationType, RequestType, type Location, type WorkspaceEdit } from "vscode-languageserver-protocol";

/** `initializationOptions`, and `hallpass` of `workspace/didChangeConfiguration`. */
export interface Settings {
  /**
   * `inventory`: another server tells findings, and this one keeps the tree only to say which identities it holds and what
   * rules are about.
   */
  role?: "all" | "inventory";
  /** The editor shows messages of diagnostics in hovers by itself. */
  showsMessages?: boolean;
  /** Who answers for waivers, unless said otherwise. */
  owner?: string;
  /** The day that expiries are held against, `YYYY-MM-DD`. */
  today?: string;
  /** Whether rules in preview run as well. */
  preview?: boolean;
  /** Key of the fingerprints, as in `HALLPASS_KEY`. */
  key?: string;
}

/** The first message to a worker, before any of the protocol: the bytes of the module. */
export interface Start { wasm: Uint8Array }

export interface Named { path: string; content: Uint8Array }

/** Files of a folder as they are on disk. */
export interface FilesParams {
  folder: string;
  files: Named[];
  gone: string[];
  /** More follow at once: nothing is checked before the last. */
  more: boolean;
  /** Whether with these every file of the folder is known, so that rules of absence may speak. */
  whole: boolean;
}

/** Who gives an answer, and what it is. */
export interface Said { is: string; by: string }

/** An identity, credential or endpoint, with places as the protocol writes them. */
export interface Held {
  class: string;
  id: string;
  kind: string;
  accountable: boolean;
  owner: Said | null;
  purpose: Said | null;
  until: Said | null;
  revocation: Said | null;
  lifetimes: string[];
  rights: string[];
  places: Location[];
  uses: { how: string; at: Location }[];
}

export interface WaiveParams {
  uri: string;
  fingerprint: string;
  terms: { owner: string; reason: string; until: string };
}

export interface Page { id: string; title: string; page: string }

/** What a client is told after each check. */
export interface Checked {
  /** Files that are known. */
  files: number;
  /** What went wrong and still is. */
  trouble?: string;
}

/** Which of these paths are worth reading: the indices. */
export const recognise = new RequestType<{ paths: string[] }, number[], void>("hallpass/recognise");
export const files = new NotificationType<FilesParams>("hallpass/files");
export const inventory = new RequestType<null, Held[], void>("hallpass/inventory");
export const explain = new RequestType<{ rule: string }, Page | null, void>("hallpass/explain");
export const rules = new RequestType<null, { id: string; title: string }[], void>("hallpass/rules");
export const waive = new RequestType<WaiveParams, WorkspaceEdit | null, void>("hallpass/waive");
export const checked = new NotificationType<Checked>("hallpass/checked");

/** Commands of the client that code actions name. */
export const EXPLAIN = "hallpass.explain";
export const WAIVE = "hallpass.waive";
/** The name under which diagnostics come. */
export const SOURCE = "hallpass";
