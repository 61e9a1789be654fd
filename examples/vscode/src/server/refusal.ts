// What the module says of options that it does not take.

import type { Problem } from "./policy";

export function refused(error: unknown, policy: string): Problem[] {
  const said = error instanceof Error ? error.message : String(error);
  return [{ path: policy, message: said }];
}
