// The extension on the desktop: the server is a thread of Node, or the binary.

import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { workspace, type ExtensionContext } from "vscode";
import {
  LanguageClient,
  PortMessageReader,
  PortMessageWriter,
  type DynamicFeature,
  type StaticFeature,
} from "vscode-languageclient/node";
import { activated } from "./client/extension";
import { registersCommands, type Platform } from "./client/platform";
import type { Start } from "./protocol";

class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if (!registersCommands(feature)) super.registerFeature(feature);
  }
}

const platform: Platform = {
  key: process.env["HALLPASS_KEY"],
  worker(wasm, gone) {
    const worker = new Worker(join(__dirname, "server-node.js"));
    worker.on("exit", gone);
    worker.on("error", gone);
    worker.postMessage({ wasm } satisfies Start);
    const transports = { reader: new PortMessageReader(worker), writer: new PortMessageWriter(worker) };
    return { transports, end: () => void worker.terminate() };
  },
  client(name, server, options) {
    return new Client("hallpass", name, "transports" in server ? server.transports : server, options);
  },
  async binary(path) {
    if (path !== "") return (await serves(path)) ? path : undefined;
    const name = process.platform === "win32" ? "hallpass.exe" : "hallpass";
    // Nothing that is opened here is ever started as the binary.
    const opened = workspace.workspaceFolders?.map((folder) => folder.uri.fsPath) ?? [];
    const folders = (process.env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
    for (const folder of folders) {
      const program = join(folder, name);
      if (!opened.some((root) => program.startsWith(root + sep)) && (await serves(program))) return program;
    }
    return undefined;
  },
};

/** Whether a program is there and can serve an editor: older ones cannot. */
async function serves(program: string): Promise<boolean> {
  try {
    await access(program, constants.X_OK);
    await promisify(execFile)(program, ["lsp", "--help"], { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

export function activate(context: ExtensionContext): Promise<void> {
  return activated(context, platform);
}
