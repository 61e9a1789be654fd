// Findings as CodeMirror's diagnostics: under the text, with what to do about them.
import type { Finding, Severity, Spot } from "hallpass";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { element, prose } from "./dom";
import type { Files } from "./files";
import { ruleAddress } from "./markdown";
import { POLICY } from "./protocol";
import type { Shown } from "./stale";

const SHADES: Record<Severity, Diagnostic["severity"]> = { critical: "error", high: "error", medium: "warning", low: "info", info: "hint" };

/** Most places that are marked in one file, for the same reason as the list's. */
const MOST = 1000;

/** What a finding's buttons do. */
export interface Doing {
  waivable(finding: Shown): boolean;
  fix(finding: Finding, title: string): void;
  waive(finding: Finding): void;
}

/** Marks every place of every finding in every file, and what is wrong with the policy. */
export function squiggle(files: Files, findings: readonly Shown[], policyTrouble: string | undefined, doing: Doing): void {
  for (const path of files.names) {
    const state = files.state(path);
    if (!state) continue;
    const length = state.doc.length;
    const diagnostics = findings
      .flatMap((finding) => [finding as Spot, ...(finding.places ?? [])].map((spot) => ({ spot, finding })))
      .filter(({ spot }) => spot.path === path && spot.span.end <= length)
      .slice(0, MOST)
      .map(({ spot, finding }) => diagnostic(spot, finding, doing));
    if (path === POLICY && policyTrouble !== undefined) {
      const line = state.doc.line(Math.min(troubleLine(policyTrouble), state.doc.lines));
      diagnostics.push({ from: line.from, to: line.to, severity: "error", markClass: "at-high", message: policyTrouble });
    }
    files.dispatch(path, setDiagnostics(state, diagnostics.sort((a, b) => a.from - b.from)));
  }
}

function diagnostic({ span }: Spot, finding: Shown, doing: Doing): Diagnostic {
  return {
    from: span.start,
    to: span.end,
    severity: SHADES[finding.severity],
    markClass: `at-${finding.severity}`,
    message: finding.message,
    renderMessage: () => told(finding),
    actions: [
      ...(finding.fixes ?? []).map(({ title, safety }) => ({
        name: safety === "safe" ? title : `${title} (unsafe)`,
        apply: () => doing.fix(finding, title),
      })),
      ...(doing.waivable(finding) ? [{ name: "waive…", apply: () => doing.waive(finding) }] : []),
    ],
  };
}

function told({ rule, severity, message, help }: Finding): HTMLElement {
  const made = element("div", {}, element("a", { href: ruleAddress(rule) }, rule), ` · ${severity}`, element("p", {}, ...prose(message)));
  if (help) made.append(element("pre", {}, help));
  return made;
}

/** The line that an error of the policy names, or the first. */
function troubleLine(trouble: string): number {
  return Number(/hallpass\.toml:(\d+):\d+/.exec(trouble)?.[1] ?? 1);
}
