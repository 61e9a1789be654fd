// The worker as the page sees it: questions in, promises out. One that trapped or does not answer is replaced.
import type { FromWorker, Kind, Question, Replies, Texts, ToWorker } from "./protocol";

/** Longer than any file that somebody pastes takes; a check beyond it is taken for one that never ends. */
export const PATIENCE_MS = 20_000;

/** The worker was replaced before it could answer. */
export class Replaced extends Error {}

interface Waiting {
  resolve(reply: Replies[Kind]): void;
  reject(reason: Error): void;
  timer: number;
}

export class Checker {
  private worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  /** Whether this worker has the rules: one that cannot even begin is not started over and over. */
  private alive = false;
  private over: string | undefined;

  /** `start` makes a worker that is not loaded yet; `module` is the rules. */
  constructor(
    private readonly start: () => Worker,
    private readonly module: Uint8Array,
  ) {
    this.worker = this.begin();
  }

  /** Rejects with `Replaced` where the worker did not survive the question, with another error where it refused. */
  ask<K extends Kind>(texts: Texts, question: Question & { kind: K }): Promise<Replies[K]> {
    if (this.over !== undefined) return Promise.reject(new Error(this.over));
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => this.replace(`no answer after ${PATIENCE_MS / 1000} seconds`), PATIENCE_MS);
      this.waiting.set(id, { resolve: resolve as Waiting["resolve"], reject, timer });
      this.worker.postMessage({ id, texts, question } satisfies ToWorker);
    });
  }

  private begin(): Worker {
    const worker = this.start();
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.hear(data));
    worker.addEventListener("error", (event) => this.replace(event.message || "the worker stopped"));
    // A copy: whoever is started next needs the bytes as well.
    worker.postMessage({ module: this.module } satisfies ToWorker);
    return worker;
  }

  private hear(message: FromWorker): void {
    this.alive = true;
    if ("ready" in message) return;
    if ("error" in message && message.fatal) return this.replace(message.error);
    const waiting = this.waiting.get(message.id);
    if (!waiting) return;
    this.waiting.delete(message.id);
    window.clearTimeout(waiting.timer);
    if ("error" in message) waiting.reject(new Error(message.error));
    else waiting.resolve(message.reply);
  }

  private replace(why: string): void {
    this.worker.terminate();
    if (this.alive) this.worker = this.begin();
    else this.over = `the rules do not start here: ${why}`;
    this.alive = false;
    for (const { reject, timer } of this.waiting.values()) {
      window.clearTimeout(timer);
      reject(new Replaced(why));
    }
    this.waiting.clear();
  }
}
