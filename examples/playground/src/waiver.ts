// The form of a waiver: who answers for it, why, and until when. It stays open, and says why, while nothing holds.
import type { Finding, Terms } from "hallpass";
import { byId, prose } from "./dom";

const DAY_MS = 86_400_000;
/** What the form begins with: a month, which is under the ceiling that holds unless a policy says otherwise. */
const DAYS = 30;

export class WaiverForm {
  private readonly dialog = byId("waiver", HTMLDialogElement);
  private readonly form = byId("waiver-form", HTMLFormElement);
  private readonly about = byId("waiver-about", HTMLElement);
  private readonly refusal = byId("waiver-refusal", HTMLElement);
  private readonly owner = byId("waiver-owner", HTMLInputElement);
  private readonly reason = byId("waiver-reason", HTMLInputElement);
  private readonly until = byId("waiver-until", HTMLInputElement);
  private finding: Finding | undefined;

  /** `waive` answers why nothing holds, or nothing. */
  constructor(waive: (finding: Finding, terms: Terms) => Promise<string | undefined>) {
    byId("waiver-cancel", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
    this.form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!this.finding) return;
      const terms = { owner: this.owner.value.trim(), reason: this.reason.value.trim(), until: this.until.value };
      this.refusal.textContent = "";
      try {
        const refused = await waive(this.finding, terms);
        if (refused === undefined) this.dialog.close();
        else this.refusal.textContent = refused;
      } catch (error) {
        this.refusal.textContent = error instanceof Error ? error.message : String(error);
      }
    });
  }

  open(finding: Finding): void {
    this.finding = finding;
    this.refusal.textContent = "";
    this.about.replaceChildren(`${finding.rule}: `, ...prose(finding.message));
    const now = Date.now();
    this.until.min = day(now);
    if (!this.until.value) this.until.value = day(now + DAYS * DAY_MS);
    this.dialog.showModal();
    this.owner.focus();
  }
}

/** The date in UTC, as the rules count days. */
function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
