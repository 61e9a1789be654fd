// What can be done about a finding. Each waits for the newest answer first, so that nothing is applied to a text that it
// was not made for.
import type { Finding, Fix, Mended, Terms } from "hallpass";
import type { Checker } from "./checker";
import type { Files } from "./files";
import type { Session } from "./session";

export class Actions {
  constructor(
    private readonly checker: Checker,
    private readonly files: Files,
    private readonly session: Session,
    private readonly findings: () => readonly Finding[],
  ) {}

  /** Makes one fix. What came of it, in words. */
  async fix(wanted: Finding, title: string): Promise<string> {
    await this.session.settle();
    const finding = this.findings().find(({ fingerprint }) => fingerprint === wanted.fingerprint);
    const fix = finding?.fixes?.find((one) => one.title === title);
    if (!finding || !fix) return "The text changed, and that fix is no longer offered.";
    if (!isBest(finding, fix)) {
      this.files.apply(fix.edits);
      return `Made: ${fix.title}.`;
    }
    const mended = await this.mend({ only: [finding.fingerprint], unsafe: fix.safety === "unsafe" });
    return mended.edits.length ? `Made: ${fix.title}.` : `Nothing was changed. ${left(mended)}`;
  }

  /** Makes every safe fix. */
  async fixAll(): Promise<string> {
    await this.session.settle();
    const mended = await this.mend({});
    const count = mended.mended.length;
    return `${count} ${count === 1 ? "finding" : "findings"} mended. ${left(mended)}`;
  }

  /** Waives a finding. Why not, if nothing holds. */
  async waive(wanted: Finding, terms: Terms): Promise<string | undefined> {
    await this.session.settle();
    const { fingerprint } = wanted;
    const edits = await this.ask({ kind: "waive", fingerprint, terms });
    if (!edits?.length) return "No waiver holds on these terms: the day may be beyond the ceiling, the rule not waivable, or the finding gone.";
    this.files.apply(edits);
    return undefined;
  }

  private async mend(wanted: { only?: string[]; unsafe?: boolean }): Promise<Mended> {
    const mended = await this.ask({ kind: "fix", wanted });
    this.files.apply(mended.edits);
    return mended;
  }

  /** Asks about the texts as they are, and fails where they changed in between. */
  private async ask<Q extends Parameters<Checker["ask"]>[1]>(question: Q) {
    const version = this.files.version;
    const reply = await this.checker.ask<Q["kind"]>(this.files.texts(), question);
    if (version !== this.files.version) throw new Error("the text changed meanwhile");
    return reply;
  }
}

/** Whether the package would choose this fix, and so proves it before it is made. */
function isBest(finding: Finding, fix: Fix): boolean {
  return finding.fixes?.find(({ safety }) => fix.safety === "unsafe" || safety === "safe") === fix;
}

function left({ left }: Mended): string {
  return left.map(({ path, why }) => `${path} stays as it is: ${why}.`).join(" ");
}
