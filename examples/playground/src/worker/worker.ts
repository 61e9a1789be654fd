// The rules, off the page's thread. Decides nothing: keeps a tree as the page has it and hands on what the package answers.
import type { Options } from "hallpass";
import { initSync, rules, Tree, warm } from "hallpass-web";
import { type FromWorker, POLICY, type Question, type Replies, type Kind, type Texts, type ToWorker } from "../protocol";

declare const self: DedicatedWorkerGlobalScope;

class Desk {
  private readonly tree = new Tree(options(new Map()));
  private known: Texts = new Map();
  private policy = "";
  private policyTrouble: string | undefined;

  reply(texts: Texts, question: Question): Replies[Kind] {
    this.take(texts);
    switch (question.kind) {
      case "rules":
        return rules();
      case "check": {
        const started = performance.now();
        const answer = this.tree.check();
        const milliseconds = performance.now() - started;
        return this.policyTrouble === undefined ? { answer, milliseconds } : { answer, milliseconds, policyTrouble: this.policyTrouble };
      }
      case "facts":
        return this.tree.facts();
      case "inventory":
        return this.tree.inventory();
      case "fix":
        return this.tree.fix(question.wanted);
      case "waive":
        // A waiver is tried on the tree that was checked last, which has to be this one.
        this.tree.check();
        return this.tree.waive(question.fingerprint, question.terms);
    }
  }

  private take(texts: Texts): void {
    for (const path of this.known.keys()) if (!texts.has(path)) this.tree.delete(path);
    for (const [path, text] of texts) if (this.known.get(path) !== text) this.tree.set(path, text);
    this.known = texts;
    const policy = JSON.stringify([...tomls(texts)]);
    if (policy === this.policy) return;
    this.policy = policy;
    this.policyTrouble = undefined;
    try {
      this.tree.configure(options(texts));
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      this.policyTrouble = said(error);
    }
  }
}

/** The policy, and what it may extend: it names files of the tree, and all of them are at hand. */
function options(texts: Texts): Options {
  const extended = tomls(texts);
  const config = extended.get(POLICY);
  extended.delete(POLICY);
  return config === undefined ? { offsets: "utf-16" } : { offsets: "utf-16", config, extended: Object.fromEntries(extended) };
}

function tomls(texts: Texts): Map<string, string> {
  return new Map([...texts].filter(([path]) => path.endsWith(".toml")));
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

let desk: Desk | undefined;
const post = (message: FromWorker): void => self.postMessage(message);

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if ("module" in data) {
    initSync({ module: data.module as BufferSource });
    warm();
    desk = new Desk();
    return post({ ready: true });
  }
  const { id, texts, question } = data;
  try {
    if (!desk) throw new Error("the module is not loaded");
    post({ id, reply: desk.reply(texts, question) });
  } catch (error) {
    post({ id, error: said(error), fatal: error instanceof WebAssembly.RuntimeError });
  }
});
