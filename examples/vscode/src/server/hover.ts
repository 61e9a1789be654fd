// What is known of the place under the pointer: findings, rules that are named there, and who answers for what is made there.

import { MarkupKind, type Hover } from "vscode-languageserver-protocol";
import type { Rule, Span } from "../../../../plugin/js/hallpass";
import { page, range } from "./diagnostics";
import { entries, questions } from "./inventory";
import type { Ground } from "./ground";
import type { Session } from "./session";
import { code, words } from "./words";

/** Most entries of the inventory shown for one place. */
const MOST = 4;

export function hover(session: Session, uri: string, offset: number): Hover | null {
  const home = session.home(uri);
  if (!home) return null;
  const { ground, path } = home;
  const parts: { at: Span; text: string }[] = [];
  const named = ruleAt(session, ground, path, offset);
  if (named) parts.push({ at: named.at, text: ofRule(named.rule) });
  for (const { at, finding } of ground.found(path)) {
    if (!holds(at, offset)) continue;
    const rule = session.rule(finding.rule);
    const { showsMessages } = session.settings;
    // The first line of the help is part of the diagnostic.
    const help = finding.help?.split("\n").slice(showsMessages ? 1 : 0).map(words).join("  \n");
    const why = rule && section(rule.page, "Why it matters");
    const name = `[${code(finding.rule)}](${page(finding.rule, rule !== undefined)})`;
    const said = [
      `**${finding.severity}** ${name}`,
      !showsMessages && words(finding.message),
      help && (showsMessages ? help : `help: ${help}`),
      why,
      `fingerprint ${code(finding.fingerprint)}`,
    ];
    parts.push({ at, text: said.filter(Boolean).join("\n\n") });
  }
  parts.push(...held(ground, path, offset));
  const first = parts[0];
  if (!first) return null;
  return {
    contents: { kind: MarkupKind.Markdown, value: parts.map(({ text }) => text).join("\n\n---\n\n") },
    range: range(ground, path, first.at),
  };
}

function holds(at: Span, offset: number): boolean {
  return at.start <= offset && offset <= at.end;
}

/** The rule whose name stands at a place, where names of rules mean something: in the policy and in comments to hallpass. */
function ruleAt(session: Session, ground: Ground, path: string, offset: number): { at: Span; rule: Rule } | undefined {
  const text = ground.document(path).getText();
  const before = /[A-Za-z0-9/-]*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0] ?? "";
  const after = /^[A-Za-z0-9/-]*/.exec(text.slice(offset, offset + 200))?.[0] ?? "";
  const start = offset - before.length;
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  if (path !== ground.policy && !line.includes("hallpass:")) return undefined;
  const rule = session.rule(before + after);
  return rule && { at: { start, end: offset + after.length }, rule };
}

function ofRule(rule: Rule): string {
  const told = rule.page.split("\n## Examples")[0]?.trimEnd();
  return `[${code(rule.id)}](${page(rule.id, true)}) · ${rule.severity}\n\n${told}`;
}

/** What stands below a heading of a page. */
function section(text: string, heading: string): string | undefined {
  return text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0]?.trim();
}

/** Identities, credentials and endpoints that are made or used at a place, the narrowest first. */
function held(ground: Ground, path: string, offset: number): { at: Span; text: string }[] {
  const found = entries(ground).flatMap((entry) => {
    const places = [...entry.places, ...entry.uses].filter((place) => place.path === path && holds(place.span, offset));
    const at = places.map((place) => place.span).sort((a, b) => a.end - a.start - (b.end - b.start))[0];
    if (!at) return [];
    const asked = questions(entry).map(([question, answer]) => `- ${question}: ${answer === undefined ? "?" : words(answer)}`);
    return [{ at, text: [`**${entry.class}** ${code(entry.id)} (${words(entry.kind)})`, "", ...asked].join("\n") }];
  });
  return found.sort((a, b) => a.at.end - a.at.start - (b.at.end - b.at.start)).slice(0, MOST);
}
