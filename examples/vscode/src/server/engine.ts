// The rule module: one WebAssembly instance, and another one after a trap.

import load, { type Api } from "hallpass-package";

/** An instance ended in the middle of its work. It says nothing of what it was given. */
export class Trap extends Error {}

export class Engine {
  /** Whatever was made with an older instance is gone. */
  generation = 0;
  private api: Api | undefined;

  constructor(private readonly module: WebAssembly.Module) {}

  /** Does something with the module. Throws `Trap` if the instance did not survive, and else what the module throws. */
  run<T>(work: (api: Api) => T): T {
    if (!this.api) {
      this.api = load();
      this.api.initSync({ module: this.module });
    }
    try {
      return work(this.api);
    } catch (error) {
      if (!isTrap(error)) throw error;
      this.api = undefined;
      this.generation += 1;
      throw new Trap("the rule module stopped");
    }
  }
}

/** Traps, and stacks that are too small: `RangeError` in most engines, `InternalError` in one. */
export function isTrap(error: unknown): boolean {
  return (
    error instanceof WebAssembly.RuntimeError ||
    error instanceof RangeError ||
    (error instanceof Error && error.name === "InternalError")
  );
}
