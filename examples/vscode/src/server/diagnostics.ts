// Findings as editors show them. The words are the module's, without what steers a display; no text of a document is among
// them but what the module lets be shown.

import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  type Range,
} from "vscode-languageserver-protocol";
import type { Finding, Severity, Span } from "../../../../plugin/js/hallpass";
import { SOURCE } from "../protocol";
import type { Ground } from "./ground";
import { MARK, shift } from "./stale";
import { lines, plain } from "./words";

const HOME = "https://github.com/hallpass-dev/hallpass";

const SEVERITIES: Record<Severity, DiagnosticSeverity> = {
  critical: DiagnosticSeverity.Error,
  high: DiagnosticSeverity.Error,
  medium: DiagnosticSeverity.Warning,
  low: DiagnosticSeverity.Information,
  info: DiagnosticSeverity.Hint,
};

/** How rules are called that speak of what can go, and of what is over. */
const TAGS: [ending: string, tag: DiagnosticTag][] = [
  ["-unused", DiagnosticTag.Unnecessary],
  ["-expired", DiagnosticTag.Deprecated],
];

/** Where a rule is explained: those that a policy makes are the policy's own. */
export function page(rule: string, own: boolean): string {
  return own ? `${HOME}/blob/main/rules/book/${rule}.md` : `${HOME}#rules-of-your-own-policy`;
}

export function range(ground: Ground, path: string, at: Span): Range {
  const document = ground.document(path);
  return { start: document.positionAt(at.start), end: document.positionAt(at.end) };
}

/** Shows what is known of the files of one ground. `isOurs`: whether the module has a page for a rule. */
export class Shower {
  constructor(private readonly ground: Ground, private readonly isOurs: (rule: string) => boolean) {}

  /** What is said of a file. */
  of(path: string): Diagnostic[] {
    const shown = this.ground.problems.filter((problem) => problem.path === path).map((problem) => ({
      range: range(this.ground, path, problem.at ?? { start: 0, end: 0 }),
      severity: DiagnosticSeverity.Error,
      source: SOURCE,
      code: "configuration",
      message: `${lines(problem.message)}\nuntil then, what could last be read is in force`,
    }) as Diagnostic);
    const now = this.ground.found(path);
    shown.push(...now.map(({ at, finding }) => this.finding(path, at, finding)));
    const failed = this.ground.failed(path);
    if (!failed) return shown;
    // Where it must be checked, the module itself says so.
    if (!failed.must_check) {
      shown.push({
        range: range(this.ground, path, failed.at ?? { start: 0, end: 0 }),
        severity: DiagnosticSeverity.Information,
        source: SOURCE,
        code: "coverage/failed",
        message: `it could not be checked whole: ${lines(failed.why ?? "unknown reason")}`,
      });
    }
    return [...shown, ...this.stale(path, now.map(({ finding }) => finding))];
  }

  /** What was said before a file could not be read any more. */
  private stale(path: string, now: Finding[]): Diagnostic[] {
    const good = this.ground.good.get(path);
    if (!good) return [];
    const moved = shift(good.text, this.ground.document(path).getText());
    const known = new Set(now.map((finding) => finding.fingerprint));
    return good.found
      .filter(({ finding }) => !known.has(finding.fingerprint))
      .map(({ at, finding }) => {
        const { relatedInformation: _, ...shown } = this.finding(path, moved(at), finding);
        return { ...shown, message: MARK + shown.message, data: { fingerprint: finding.fingerprint, stale: true } };
      });
  }

  private finding(path: string, at: Span, finding: Finding): Diagnostic {
    const help = finding.help?.split("\n")[0];
    const tag = TAGS.find(([ending]) => finding.rule.endsWith(ending))?.[1];
    const related = this.related(path, at, finding);
    return {
      range: range(this.ground, path, at),
      severity: SEVERITIES[finding.severity],
      source: SOURCE,
      code: finding.rule,
      codeDescription: { href: page(finding.rule, this.isOurs(finding.rule)) },
      message: lines(finding.message) + (help ? `\nhelp: ${plain(help)}` : ""),
      data: { fingerprint: finding.fingerprint, confidence: finding.confidence },
      ...(tag ? { tags: [tag] } : {}),
      ...(related.length > 0 ? { relatedInformation: related } : {}),
    };
  }

  /** Other places that a finding speaks of. */
  private related(path: string, at: Span, finding: Finding): DiagnosticRelatedInformation[] {
    const others = [...(finding.related ?? []), ...[finding, ...(finding.places ?? [])].map((place) => ({ ...place, note: "here as well" }))];
    const told = new Map<string, DiagnosticRelatedInformation>();
    for (const other of others) {
      const where = this.ground.pathOf(other.path);
      const { start, end } = other.span;
      const key = `${start}-${end}-${where}`;
      if ((where === path && start === at.start && end === at.end) || told.has(key)) continue;
      const location = { uri: this.ground.address(where), range: range(this.ground, where, other.span) };
      told.set(key, { location, message: plain(other.note) });
    }
    return [...told.values()];
  }
}
