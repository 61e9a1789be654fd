// Waives a finding: asks who answers for it, why, and until when. Whether a waiver holds is the server's to say.

import { window, workspace } from "vscode";
import * as ours from "../protocol";
import type { Servers } from "./servers";

/** Days that a waiver is proposed for. */
const DAYS = 30;

export async function waive(servers: Servers, about: unknown): Promise<void> {
  const server = servers.helper;
  const { uri, fingerprint } = (about ?? {}) as { uri?: string; fingerprint?: string };
  if (!server || !uri || !fingerprint) return;
  const terms = await ask(servers.owner);
  if (!terms) return;
  const edit = await server.sendRequest(ours.waive, { uri, fingerprint, terms });
  const known = edit && (await server.protocol2CodeConverter.asWorkspaceEdit(edit));
  if (!known) {
    void window.showWarningMessage("No waiver holds here on these terms: its date may be past what the policy admits, or the rule admits none.");
    return;
  }
  await workspace.applyEdit(known);
}

async function ask(known: string): Promise<ours.WaiveParams["terms"] | undefined> {
  const given = (text: string) => (text.trim() === "" ? "A waiver without it does not hold." : undefined);
  const owner = await window.showInputBox({ title: "Waive (1/3)", prompt: "Who answers for it? A person or team.", value: known, validateInput: given });
  if (!owner) return undefined;
  const reason = await window.showInputBox({ title: "Waive (2/3)", prompt: "Why is it accepted, and where is that tracked?", validateInput: given });
  if (!reason) return undefined;
  const today = new Date().toISOString().slice(0, 10);
  const until = await window.showInputBox({
    title: "Waive (3/3)",
    prompt: "Until which day? The finding comes back after it.",
    value: new Date(Date.now() + DAYS * 86_400_000).toISOString().slice(0, 10),
    validateInput: (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) && text >= today ? undefined : "A day from today on, as in 2031-12-31."),
  });
  return until ? { owner: owner.trim(), reason: reason.trim(), until } : undefined;
}
