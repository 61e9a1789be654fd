// The extension: what it adds to the editor, and the servers behind it.

import { commands, languages, window, workspace, type ExtensionContext } from "vscode";
import { EXPLAIN, SOURCE, WAIVE } from "../protocol";
import { Inventory } from "./inventory";
import { Pages } from "./pages";
import type { Platform } from "./platform";
import { Servers } from "./servers";
import { Status } from "./status";
import { waive } from "./waive";

export async function activated(context: ExtensionContext, platform: Platform): Promise<void> {
  const output = window.createOutputChannel("hallpass", { log: true });
  const status = new Status(context.extension.packageJSON as { version: string });
  const servers = new Servers(context.extensionUri, platform, output, status);
  const inventory = new Inventory(servers);
  const pages = new Pages(servers);
  context.subscriptions.push(
    output,
    status,
    servers,
    inventory,
    pages,
    commands.registerCommand("hallpass.restart", () => servers.restart()),
    commands.registerCommand("hallpass.showOutput", () => output.show()),
    commands.registerCommand(EXPLAIN, (rule?: unknown) => pages.show(rule)),
    commands.registerCommand(WAIVE, (about?: unknown) => waive(servers, about)),
    languages.onDidChangeDiagnostics(() => status.count(SOURCE)),
    workspace.onDidGrantWorkspaceTrust(() => servers.restart()),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("hallpass")) void servers.restart();
    }),
    workspace.onDidChangeWorkspaceFolders((event) => servers.folders(event)),
  );
  await servers.restart();
}
