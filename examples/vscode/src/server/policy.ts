// The policy of a folder: where it stands, what it reads along, and what is wrong with it.

import type { Options, Span } from "../../../../plugin/js/hallpass";
import type { Settings } from "../protocol";

/** The name under which the module speaks of the policy, wherever it stands. */
export const POLICY = "hallpass.toml";
/** Where it may stand; the first that is there holds. */
const PLACES = [POLICY, ".hallpass.toml", ".config/hallpass.toml", ".github/hallpass.toml"];

/** What is wrong with the policy, at a place of its text if one is known. */
export interface Problem {
  path: string;
  at?: Span;
  message: string;
}

export type Reads = (path: string) => string | undefined;

export function placeOf(read: Reads): string | undefined {
  return PLACES.find((path) => read(path) !== undefined);
}

/** The options of a tree, with the policy that stands at a path. */
export function options(settings: Settings, whole: boolean, path: string | undefined, read: Reads): Options {
  const config = path === undefined ? undefined : read(path);
  return {
    offsets: "utf-16",
    whole,
    ...(settings.today ? { today: settings.today } : {}),
    ...(settings.preview ? { preview: true } : {}),
    ...(settings.key ? { key: settings.key } : {}),
    ...(config === undefined ? {} : { config, extended: extended(config, read), detectors: named(config, "detectors", read) }),
  };
}

/** The files that a policy extends, and those that they extend. */
function extended(config: string, read: Reads, known: Record<string, string> = {}): Record<string, string> {
  for (const [path, text] of Object.entries(named(config, "extends", read))) {
    if (Object.hasOwn(known, path)) continue;
    known[path] = text;
    extended(text, read, known);
  }
  return known;
}

/**
 * The files that a key of the top names. It is the module that reads TOML and says what is wrong with it: this only looks
 * for what to hand over.
 */
function named(config: string, key: string, read: Reads): Record<string, string> {
  const top = config.split(/^\s*\[\[?\s*[A-Za-z]/m)[0] ?? "";
  const value = new RegExp(`^\\s*${key}\\s*=\\s*(\\[[^\\]]*\\]|"[^"\\n]*"|'[^'\\n]*')`, "m").exec(top)?.[1] ?? "";
  const found: Record<string, string> = {};
  for (const [, double, single] of value.matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)) {
    const path = double ?? single ?? "";
    const text = read(path);
    if (text !== undefined) found[path] = text;
  }
  return found;
}
