// The server as a thread of Node.

import { parentPort } from "node:worker_threads";
import { PortMessageReader, PortMessageWriter } from "vscode-languageserver-protocol/node";
import type { Start } from "../protocol";
import { serve } from "./serve";

parentPort?.once("message", (start: Start) => {
  // Nothing the editor says is lost meanwhile: the next message waits for the reader.
  const module = new WebAssembly.Module(start.wasm as BufferSource);
  if (parentPort) serve(new PortMessageReader(parentPort), new PortMessageWriter(parentPort), module);
});
