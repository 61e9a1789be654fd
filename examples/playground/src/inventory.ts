// The inventory: every identity, credential and endpoint with the questions that somebody has to answer, `?` where nobody
// does.
import { element } from "./dom";
import { type IsOpen, outline } from "./outline";

/** As much of `hallpass schema inventory` as is shown by name. */
interface Told {
  is: string;
  by: string;
}
interface Entry {
  id: string;
  kind: string;
  class: string;
  blanks?: string[];
  owner?: Told | null;
  purpose?: Told | null;
  until?: Told | null;
  revocation?: Told | null;
  lifetimes?: string[];
  reach: { worst?: { power: string; what: string } | null };
  uses?: { actor?: string | null; path: string }[];
}

const QUESTIONS = [
  ["owner", "Owner"],
  ["purpose", "Why"],
  ["until", "Until"],
  ["revocation", "Switched off by"],
] as const;

export function inventory(listed: unknown, isOpen: IsOpen): HTMLElement[] {
  const { entries } = listed as { entries: Entry[] };
  if (entries.length === 0) return [element("p", {}, "No identity, credential or endpoint.")];
  return entries.map((entry) => {
    const open = entry.blanks?.length ?? 0;
    const summary = element("summary", {}, element("code", {}, entry.id), " ", element("span", { className: "faint" }, entry.kind));
    if (open) summary.append(" ", element("span", { className: "blanks" }, `${open} open`));
    return element("details", { className: "entry", open: isOpen(entry.id), data: { key: entry.id } }, summary, answers(entry), outline(entry, "all of it", isOpen, entry.id));
  });
}

function answers(entry: Entry): HTMLElement {
  const rows: [string, string][] = [];
  for (const [key, label] of QUESTIONS) {
    const told = entry[key];
    if (told) rows.push([label, `${told.is} (${told.by})`]);
    else if (entry.blanks?.includes(key)) rows.push([label, "?"]);
  }
  if (entry.lifetimes?.length) rows.push(["Works for", entry.lifetimes.join("; ")]);
  if (entry.uses?.length) rows.push(["Used by", [...new Set(entry.uses.map(({ actor, path }) => actor ?? path))].join("; ")]);
  if (entry.reach.worst) rows.push(["Worst right", `${entry.reach.worst.power}: ${entry.reach.worst.what}`]);
  return element("dl", {}, ...rows.flatMap(([term, told]) => [element("dt", {}, term), element("dd", told === "?" ? { className: "blanks" } : {}, told)]));
}
