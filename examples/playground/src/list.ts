// The list of findings: the way through them without a mouse. An entry that says the same as before stays the element that
// it was, so that neither focus nor what is unfolded is lost while somebody types.
import type { Coverage, Spot } from "hallpass";
import { element, prose } from "./dom";
import type { Files } from "./files";
import { ruleAddress } from "./markdown";
import { spoken } from "./places";
import type { Checked } from "./protocol";
import type { Doing } from "./squiggles";
import type { Shown } from "./stale";
import { SEVERITIES } from "./status";

/** Most entries that are drawn, the gravest: nobody reads more, and building them would hold up the keys. The rest is counted. */
const MOST = 300;

export class List {
  private entries = new Map<string, { said: string; node: HTMLElement }>();

  constructor(
    private readonly pane: HTMLElement,
    private readonly files: Files,
    private readonly go: (spot: Spot) => void,
    private readonly doing: Doing,
  ) {}

  show(findings: readonly Shown[], { answer, policyTrouble }: Checked): void {
    const next = new Map<string, { said: string; node: HTMLElement }>();
    for (const finding of gravest(findings)) {
      const key = `${finding.fingerprint} ${spoken(this.files, finding)}`;
      const said = JSON.stringify(finding);
      const old = this.entries.get(key);
      next.set(key, old?.said === said ? old : { said, node: this.entry(finding) });
    }
    this.entries = next;
    const trouble = policyTrouble === undefined ? [] : [element("p", { className: "trouble" }, `The policy does not hold, and the last one that did is in force. ${policyTrouble}`)];
    const entries = [...next.values()].map(({ node }) => node);
    const wanted = [...trouble, ...(entries.length ? [element("ol", {}, ...entries)] : [element("p", {}, "Nothing found.")]), ...this.remarks(answer.coverage, answer.waived.length, Math.max(0, findings.length - MOST))];
    const focused = this.pane.contains(document.activeElement) ? document.activeElement : null;
    this.pane.replaceChildren(...wanted);
    // Whoever acted on an entry that is gone goes on at the list.
    if (focused instanceof HTMLElement) (focused.isConnected ? focused : this.pane).focus();
  }

  private entry(finding: Shown): HTMLElement {
    const { rule, severity, confidence, message, help, related = [], places = [], fixes = [] } = finding;
    const actions = fixes.map(({ title, safety }) => button(safety === "safe" ? `Fix: ${title}` : `Fix, unsafe: ${title}`, () => this.doing.fix(finding, title)));
    if (this.doing.waivable(finding)) actions.push(button("Waive…", () => this.doing.waive(finding)));
    const made = element(
      "li",
      { className: finding.stale ? "stale" : "", data: { rule, severity, fingerprint: finding.fingerprint } },
      element("p", { className: "head" }, element("span", { className: `severity at-${severity}` }, severity), " ", element("a", { href: ruleAddress(rule) }, rule), " ", this.place(finding)),
      element("p", { className: "message" }, ...prose(message)),
    );
    const also = [...related, ...places.map((spot) => ({ ...spot, note: "here as well" }))];
    if (also.length) made.append(element("ul", { className: "related" }, ...also.map((spot) => element("li", {}, this.place(spot), " ", ...prose(spot.note)))));
    if (help) made.append(element("details", {}, element("summary", {}, "Help"), element("pre", {}, help)));
    if (confidence !== "high") made.append(element("p", { className: "faint" }, `confidence: ${confidence}`));
    made.append(element("p", { className: "actions" }, ...actions));
    return made;
  }

  private place(spot: Spot): HTMLElement {
    const made = button(spoken(this.files, spot), () => this.go(spot));
    made.className = "place";
    return made;
  }

  /** What could not be judged is said: silence is no answer. */
  private remarks(coverage: Coverage[], waived: number, more: number): HTMLElement[] {
    const lines = coverage
      .filter(({ status, why }) => status !== "checked" && why)
      .map(({ path, status, why }) => `${path}: ${status}, ${why}`);
    if (more) lines.unshift(`${more} more are not listed here.`);
    const unknown = coverage.reduce((sum, { unknown = [] }) => sum + unknown.length, 0);
    if (unknown) lines.push(`${unknown} ${unknown === 1 ? "value" : "values"} could not be known.`);
    if (waived) lines.push(`${waived} ${waived === 1 ? "finding is" : "findings are"} waived.`);
    return lines.length ? [element("ul", { className: "remarks faint" }, ...lines.map((line) => element("li", {}, line)))] : [];
  }
}

function gravest(findings: readonly Shown[]): readonly Shown[] {
  if (findings.length <= MOST) return findings;
  const rank = ({ severity }: Shown): number => SEVERITIES.indexOf(severity);
  const kept = new Set([...findings].sort((a, b) => rank(a) - rank(b)).slice(0, MOST));
  return findings.filter((one) => kept.has(one));
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = element("button", { type: "button" }, label);
  made.addEventListener("click", act);
  return made;
}
