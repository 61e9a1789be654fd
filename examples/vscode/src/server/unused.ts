// What takes away a comment that waives nothing.

import type { Edit, Finding } from "../../../../plugin/js/hallpass";

const COMMENT = /^(?:#|\/\/)\s*hallpass\b[^\n]*$/i;

/** The edit for a finding about a comment, with its line if nothing else stands there. */
export function unused(path: string, text: string, finding: Finding): Edit | undefined {
  const { start, end } = finding.span;
  if (!finding.rule.endsWith("/waiver-unused") || !COMMENT.test(text.slice(start, end))) return undefined;
  const line = text.lastIndexOf("\n", start - 1) + 1;
  const before = text.slice(line, start);
  const after = /^[ \t\r]*(?:\n|$)/.exec(text.slice(end))?.[0];
  const isAlone = before.trim() === "" && after !== undefined;
  const from = isAlone ? line : line + before.trimEnd().length;
  return { path, span: { start: from, end: isAlone ? end + after.length : end }, replacement: "" };
}
