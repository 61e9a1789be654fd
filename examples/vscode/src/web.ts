// The extension in a browser: the server is a worker.

import { Uri, type ExtensionContext } from "vscode";
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  LanguageClient,
  type DynamicFeature,
  type StaticFeature,
} from "vscode-languageclient/browser";
import { activated } from "./client/extension";
import { registersCommands, type Platform } from "./client/platform";
import type { Start } from "./protocol";

class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if (!registersCommands(feature)) super.registerFeature(feature);
  }
}

export function activate(context: ExtensionContext): Promise<void> {
  const script = Uri.joinPath(context.extensionUri, "dist", "server-web.js").toString(true);
  const platform: Platform = {
    key: undefined,
    worker(wasm, gone) {
      const worker = new Worker(script);
      worker.addEventListener("error", gone);
      worker.postMessage({ wasm } satisfies Start);
      const transports = { reader: new BrowserMessageReader(worker), writer: new BrowserMessageWriter(worker) };
      return { transports, end: () => worker.terminate() };
    },
    client(name, server, options) {
      if (!("transports" in server)) throw new Error("no program can be started in a browser");
      return new Client("hallpass", name, server.transports, options);
    },
    binary: async () => undefined,
  };
  return activated(context, platform);
}
