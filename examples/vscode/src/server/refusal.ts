// What the module says of options that it does not take: lines as `path:line:column: message`, each part if it is known.

import { TextDocument } from "vscode-languageserver-textdocument";
import type { Problem } from "./policy";

const PLACED = /^([^:\n]+):(\d+):(\d+): (.*)$/;

/** `policy` is where it stands, `read` the texts that it may have read along. */
export function refused(error: unknown, policy: string, pathOf: (path: string) => string, read: (path: string) => string | undefined): Problem[] {
  const said = error instanceof Error ? error.message : String(error);
  const problems: Problem[] = [];
  for (const line of said.split("\n")) {
    const [, named, row, column, message] = PLACED.exec(line) ?? [];
    const path = named === undefined ? undefined : pathOf(named);
    const text = path === undefined ? undefined : read(path);
    if (path !== undefined && text !== undefined && message !== undefined) {
      problems.push({ path, at: word(text, Number(row) - 1, Number(column) - 1), message });
    } else if (problems.length > 0 && /^\s/.test(line)) {
      // More of what was said before.
      problems[problems.length - 1]!.message += `\n${line}`;
    } else if (line.trim() !== "") problems.push({ path: policy, message: line });
  }
  return problems;
}

/** The line from a place on; columns count characters, not units. */
function word(text: string, row: number, column: number): { start: number; end: number } {
  const document = TextDocument.create("", "", 0, text);
  const from = document.offsetAt({ line: row, character: 0 });
  const line = text.slice(from).split(/\r?\n/, 1)[0] ?? "";
  const before = [...line].slice(0, column).join("");
  const rest = line.slice(before.length).replace(/\s*(?:#.*)?$/, "");
  // At the end of a line, where something is missing, it is about the line.
  const start = rest === "" ? from : from + before.length;
  return { start, end: from + before.length + rest.length };
}
