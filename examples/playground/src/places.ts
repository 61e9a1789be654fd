// Offsets as people read them.
import type { Spot } from "hallpass";
import type { Files } from "./files";

/** `path:line:column`, from 1, of the text as it is in the tab. */
export function spoken(files: Files, { path, span }: Spot): string {
  const doc = files.state(path)?.doc;
  if (!doc) return path;
  const line = doc.lineAt(Math.min(span.start, doc.length));
  return `${path}:${line.number}:${Math.min(span.start, doc.length) - line.from + 1}`;
}
