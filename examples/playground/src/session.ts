// When to check: after a pause in typing, one check at a time, and never an answer shown that is about an older text.
import { type Checker, Replaced } from "./checker";
import type { Files } from "./files";
import type { Checked } from "./protocol";

/** A pause in typing that is worth a check. */
const PAUSE_MS = 120;
/** A check that takes longer is told: shorter ones would only flicker. */
const NOTICED_MS = 300;

export interface Listener {
  checked(checked: Checked): void;
  /** The newest text is being checked, and that takes a while. */
  checking(files: number): void;
  /** The check of the newest text failed; `restarted`: the worker was replaced for it. */
  failed(why: string, restarted: boolean): void;
}

export class Session {
  private timer: number | undefined;
  private running: Promise<void> | undefined;
  private done = -1;

  constructor(
    private readonly checker: Checker,
    private readonly files: Files,
    private readonly listener: Listener,
  ) {}

  /** A text changed. */
  changed(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.settle(), PAUSE_MS);
  }

  /** Resolves when the newest text was checked, or could not be. */
  async settle(): Promise<void> {
    window.clearTimeout(this.timer);
    while (this.done !== this.files.version) {
      this.running ??= this.check().finally(() => (this.running = undefined));
      await this.running;
    }
  }

  private async check(): Promise<void> {
    const version = this.files.version;
    const texts = this.files.texts();
    const noticed = window.setTimeout(() => this.listener.checking(texts.size), NOTICED_MS);
    try {
      const checked = await this.checker.ask(texts, { kind: "check" });
      if (version === this.files.version) this.listener.checked(checked);
    } catch (error) {
      // The same text is not tried again: what stopped a worker once would stop the next.
      this.listener.failed(error instanceof Error ? error.message : String(error), error instanceof Replaced);
    } finally {
      window.clearTimeout(noticed);
    }
    this.done = version;
  }
}
