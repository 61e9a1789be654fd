// The servers: the TypeScript one over the WebAssembly package always, as it says who is in a tree and what rules are about;
// and the binary in its place for findings, where there is one and the workspace is trusted.

import { EventEmitter, Uri, workspace, type Disposable, type LogOutputChannel, type WorkspaceFoldersChangeEvent } from "vscode";
import { CloseAction, ErrorAction, type BaseLanguageClient, type LanguageClientOptions } from "vscode-languageclient";
import * as ours from "../protocol";
import { Feeder } from "./files";
import type { Platform, RunningWorker } from "./platform";
import { wishes, type Wishes } from "./settings";
import type { Status } from "./status";

/** Schemes of documents that are checked wherever they stand; those of the folders that are open come with them. */
const SCHEMES = ["file", "untitled"];
const ENDED = new Error("the server ended; `hallpass: Restart` starts it again");

export class Servers implements Disposable {
  private readonly checked = new EventEmitter<void>();
  /** The trees were looked at again. */
  readonly onChecked = this.checked.event;

  private wasm: BaseLanguageClient | undefined;
  private worker: RunningWorker | undefined;
  private binary: BaseLanguageClient | undefined;
  private feeder: Feeder | undefined;
  private turn: Promise<void> = Promise.resolve();
  private wished: Wishes | undefined;

  constructor(
    private readonly home: Uri,
    private readonly platform: Platform,
    private readonly output: LogOutputChannel,
    private readonly status: Status,
  ) {}

  /** The server that answers our own questions. */
  get helper(): BaseLanguageClient | undefined {
    return this.wasm?.isRunning() ? this.wasm : undefined;
  }

  get owner(): string {
    return this.wished?.told.owner ?? "";
  }

  /** One after another: two servers would tell everything twice. */
  restart(): Promise<void> {
    this.turn = this.turn.then(() => this.stop()).then(() => this.start()).catch((error: unknown) => this.failed(error));
    return this.turn;
  }

  folders(event: WorkspaceFoldersChangeEvent): void {
    const known = this.schemes;
    if (event.added.some((folder) => !known.includes(folder.uri.scheme))) void this.restart();
    else this.feeder?.folders(event);
  }

  private schemes: string[] = [];

  private async start(): Promise<void> {
    this.status.starting();
    this.wished = wishes(this.platform.key);
    this.schemes = [...new Set([...SCHEMES, ...(workspace.workspaceFolders ?? []).map((folder) => folder.uri.scheme)])];
    const program = await this.program(this.wished);
    this.binary = program ? await this.startBinary(program) : undefined;
    this.wasm = await this.startWasm(this.binary ? "inventory" : "all");
    this.status.running(this.binary ? "binary" : "WebAssembly", this.binary?.initializeResult?.serverInfo?.version);
    this.feeder = new Feeder(this.wasm, this.wished, (left) => this.status.leftOut(left), (error) => this.failed(error));
    this.feeder.fill();
  }

  /** The binary, if one is wanted, found, and may be started. */
  private async program({ server, path }: Wishes): Promise<string | undefined> {
    if (server === "wasm") return undefined;
    const program = workspace.isTrusted ? await this.platform.binary(path) : undefined;
    if (!program && server === "binary") {
      const why = workspace.isTrusted ? "it was not found, or it has no `lsp`" : "this workspace is not trusted";
      this.output.warn(`the binary is not started: ${why}; the WebAssembly package answers in its place`);
    }
    const onDisk = (workspace.workspaceFolders ?? []).every((folder) => folder.uri.scheme === "file");
    return onDisk ? program : undefined;
  }

  private options(initializationOptions: object): LanguageClientOptions {
    return {
      documentSelector: this.schemes.map((scheme) => ({ scheme })),
      outputChannel: this.output,
      traceOutputChannel: untraced(this.output),
      initializationOptions,
      // A server that ended is started again by hand: what made it end would end it again.
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
    };
  }

  private async startWasm(role: "all" | "inventory"): Promise<BaseLanguageClient> {
    const wasm = await workspace.fs.readFile(Uri.joinPath(this.home, "dist", "hallpass_bg.wasm"));
    let lost: (why: Error) => void = () => undefined;
    const died = new Promise<never>((_, reject) => (lost = reject));
    const transports = async () => {
      this.worker = this.platform.worker(wasm, () => {
        lost(ENDED);
        if (client === this.wasm) this.failed(ENDED);
      });
      return this.worker.transports;
    };
    const settings: ours.Settings = { ...this.wished?.told, role, showsMessages: true };
    const client = this.platform.client("hallpass", { transports }, this.options(settings));
    client.onNotification(ours.checked, ({ files, trouble }) => {
      this.status.checked(files, trouble);
      this.checked.fire();
    });
    await Promise.race([client.start(), died]);
    return client;
  }

  /** Nothing if it does not start: the package answers in its place. */
  private async startBinary(command: string): Promise<BaseLanguageClient | undefined> {
    const { owner } = this.wished?.told ?? {};
    const options = this.options({ trusted: workspace.isTrusted, ...(owner ? { owner } : {}) });
    const client = this.platform.client("hallpass (binary)", { command, args: ["lsp"] }, options);
    try {
      await client.start();
      return client;
    } catch {
      this.output.warn(`${command} does not start; the WebAssembly package answers in its place`);
      return undefined;
    }
  }

  private failed(error: unknown): void {
    const said = error instanceof Error ? error.message : String(error);
    this.output.error(said);
    this.status.failed(said);
  }

  private async stop(): Promise<void> {
    this.feeder?.dispose();
    this.feeder = undefined;
    const running = [this.wasm, this.binary];
    this.wasm = this.binary = undefined;
    for (const client of running) await client?.dispose().catch(() => undefined);
    // Whether or not it heard that this is the end.
    this.worker?.end();
    this.worker = undefined;
  }

  dispose(): Promise<void> {
    this.turn = this.turn.then(() => this.stop());
    return this.turn;
  }
}

/** Parameters hold documents, and documents secrets: none of them is traced. */
function untraced(output: LogOutputChannel): LogOutputChannel {
  return new Proxy({} as LogOutputChannel, {
    get: (_, name) => (name === "trace" ? () => undefined : (Reflect.get(output, name) as unknown)),
  });
}
