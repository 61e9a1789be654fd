// What the desktop and the web do differently.

import {
  ExecuteCommandRequest,
  type BaseLanguageClient,
  type DynamicFeature,
  type LanguageClientOptions,
  type MessageTransports,
  type StaticFeature,
} from "vscode-languageclient";

export interface Platform {
  /** Starts the TypeScript server off the thread of the extensions. `gone` is called when it ends. */
  worker(wasm: Uint8Array, gone: () => void): RunningWorker;
  client(name: string, server: Server, options: LanguageClientOptions): BaseLanguageClient;
  /** The binary at a path, or the one of the search path, if it can serve an editor; nothing in a browser. */
  binary(path: string): Promise<string | undefined>;
  /** `HALLPASS_KEY`. */
  key: string | undefined;
}

export interface RunningWorker {
  transports: MessageTransports;
  /** Ends it, whatever it is doing. */
  end(): void;
}

/** How a server is reached: over a worker, or as a program of its own. */
export type Server = { transports: () => Promise<MessageTransports> } | { command: string; args: string[] };

/** Whether a feature registers the commands of a server: those are registered here, once for both servers. */
export function registersCommands(feature: StaticFeature | DynamicFeature<unknown>): boolean {
  return "registrationType" in feature && feature.registrationType.method === ExecuteCommandRequest.method;
}
