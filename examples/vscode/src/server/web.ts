// The server as a worker of a browser.

import { BrowserMessageReader, BrowserMessageWriter } from "vscode-languageserver-protocol/browser";
import type { Start } from "../protocol";
import { serve } from "./serve";

declare const self: DedicatedWorkerGlobalScope;

self.addEventListener("message", (event: MessageEvent<Start>) => {
  // Nothing the editor says is lost meanwhile: the next message waits for the reader.
  const module = new WebAssembly.Module(event.data.wasm as BufferSource);
  serve(new BrowserMessageReader(self), new BrowserMessageWriter(self), module);
}, { once: true });
