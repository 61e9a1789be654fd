// What the page and the worker say to each other. Every letter carries all texts, so that a worker that was started again
// knows as much as the one before it.
import type { Answer, Edit, Mended, Mending, Rule, Terms } from "hallpass";

/** Texts by path: no object, of which `__proto__` and `constructor` are more than names. */
export type Texts = ReadonlyMap<string, string>;

/** Where the policy is looked for. */
export const POLICY = "hallpass.toml";

/** An answer, and what is wrong with the policy: the answer is then by the last one that was sound. */
export interface Checked {
  answer: Answer;
  policyTrouble?: string;
  /** How long the check took in the worker. */
  milliseconds: number;
}

export type Question =
  | { kind: "rules" }
  | { kind: "check" }
  | { kind: "facts" }
  | { kind: "inventory" }
  | { kind: "fix"; wanted?: Mending }
  | { kind: "waive"; fingerprint: string; terms: Terms };

/** What answers each kind of question. */
export interface Replies {
  rules: Rule[];
  check: Checked;
  facts: unknown[];
  inventory: unknown;
  fix: Mended;
  waive: Edit[] | undefined;
}

export type Kind = Question["kind"];

/** The module, once, or a question about texts. */
export type ToWorker = { module: Uint8Array } | { id: number; texts: Texts; question: Question };

/** That the rules are loaded, or an answer. `fatal`: the module trapped and answers nothing any more. */
export type FromWorker = { ready: true } | { id: number; reply: Replies[Kind] } | { id: number; error: string; fatal: boolean };
