// Pages of rules, as the editor's own preview shows them.

import { commands, Disposable, Uri, window, workspace } from "vscode";
import * as ours from "../protocol";
import type { Servers } from "./servers";

const SCHEME = "hallpass-rule";

export class Pages implements Disposable {
  private readonly registered: Disposable;

  constructor(private readonly servers: Servers) {
    this.registered = workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: async (uri) => (await this.page(uri.path.replace(/^\/|\.md$/g, "")))?.page,
    });
  }

  private async page(rule: string): Promise<ours.Page | null | undefined> {
    return this.servers.helper?.sendRequest(ours.explain, { rule });
  }

  async show(rule: unknown): Promise<void> {
    const asked = typeof rule === "string" ? rule : await this.choose();
    if (!asked) return;
    const page = await this.page(asked);
    if (page) await commands.executeCommand("markdown.showPreview", Uri.from({ scheme: SCHEME, path: `/${page.id}.md` }));
    else {
      // Messages may hold links, and the policy of a folder names rules.
      const name = /^[\w/-]+$/.test(asked) ? asked : "this rule";
      void window.showInformationMessage(`hallpass has no page for ${name}: the policy of this folder may explain it.`);
    }
  }

  private async choose(): Promise<string | undefined> {
    const rules = (await this.servers.helper?.sendRequest(ours.rules, null)) ?? [];
    const chosen = await window.showQuickPick(
      rules.map(({ id, title }) => ({ label: id, description: title })),
      { matchOnDescription: true, placeHolder: "Which rule?" },
    );
    return chosen?.label;
  }

  dispose(): void {
    this.registered.dispose();
  }
}
