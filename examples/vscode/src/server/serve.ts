// The language server over the WebAssembly package: what `hallpass check` says, while it is typed. It speaks over any
// connection and knows no editor.
//
// Invariant: nothing is judged here, and no text of a document goes to a log.

import {
  CodeActionRequest,
  createProtocolConnection,
  DidChangeConfigurationNotification,
  DidChangeTextDocumentNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  MessageType,
  PublishDiagnosticsNotification,
  ShowMessageNotification,
  ShutdownRequest,
  TextDocumentSyncKind,
  type Diagnostic,
  type InitializeResult,
  type MessageReader,
  type MessageWriter,
  type ProtocolConnection,
} from "vscode-languageserver-protocol";
import { TextDocument } from "vscode-languageserver-textdocument";
import * as ours from "../protocol";
import { actions, FIX_ALL, waiver } from "./actions";
import { plainly } from "./address";
import { Shower } from "./diagnostics";
import { Engine, Trap } from "./engine";
import type { Ground } from "./ground";
import { hover } from "./hover";
import { held } from "./inventory";
import { said, Session } from "./session";

/** How long a keystroke may be followed by another one before anything is checked, in milliseconds. */
const PAUSE = 80;
/** The same where nobody waits for findings. */
const LONG_PAUSE = 1000;

export function serve(reader: MessageReader, writer: MessageWriter, module: WebAssembly.Module): void {
  const connection = createProtocolConnection(reader, writer);
  new Server(connection, new Session(new Engine(module), {})).listen();
}

class Server {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What the editor was sent, by what the address means. */
  private readonly sent = new Map<string, { uri: string; said: string; ground: Ground }>();
  private readonly told = new Set<string>();
  private trouble: string | undefined;

  constructor(private readonly connection: ProtocolConnection, private readonly session: Session) {}

  listen(): void {
    const { connection, session } = this;
    connection.onRequest(InitializeRequest.type, ({ workspaceFolders, initializationOptions }): InitializeResult => {
      session.configure((initializationOptions as ours.Settings | undefined) ?? {});
      for (const folder of workspaceFolders ?? []) session.addFolder(folder.uri);
      return { capabilities: this.capabilities(), serverInfo: { name: ours.SOURCE } };
    });
    connection.onNotification(InitializedNotification.type, () => {
      this.guarded(() => session.engine.run((api) => api.warm()));
      this.soon(0);
    });
    connection.onRequest(ShutdownRequest.type, () => undefined);
    connection.onNotification(ExitNotification.type, () => {
      clearTimeout(this.timer);
      connection.dispose();
    });
    this.hearDocuments();
    this.answer();
    connection.listen();
  }

  private capabilities(): InitializeResult["capabilities"] {
    const kept: InitializeResult["capabilities"] = {
      positionEncoding: "utf-16",
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    };
    if (this.session.settings.role === "inventory") return kept;
    return { ...kept, hoverProvider: true, codeActionProvider: { codeActionKinds: ["quickfix", FIX_ALL] } };
  }

  private hearDocuments(): void {
    const { connection, session } = this;
    connection.onNotification(DidOpenTextDocumentNotification.type, ({ textDocument: opened }) => {
      session.put(TextDocument.create(opened.uri, opened.languageId, opened.version, opened.text));
      this.soon(0);
    });
    connection.onNotification(DidChangeTextDocumentNotification.type, ({ textDocument, contentChanges }) => {
      const known = session.documents.get(textDocument.uri);
      if (!known) return;
      session.put(TextDocument.update(known, contentChanges, textDocument.version));
      this.soon(session.settings.role === "inventory" ? LONG_PAUSE : PAUSE);
    });
    connection.onNotification(DidCloseTextDocumentNotification.type, ({ textDocument }) => {
      session.close(textDocument.uri);
      this.soon(0);
    });
    connection.onNotification(DidChangeConfigurationNotification.type, ({ settings }) => {
      const said = (settings as { hallpass?: ours.Settings } | null)?.hallpass;
      if (said) session.configure(said);
      this.soon(0);
    });
    connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) => {
      for (const folder of event.removed) session.removeFolder(folder.uri);
      for (const folder of event.added) session.addFolder(folder.uri);
      this.soon(0);
    });
    connection.onNotification(ours.files, (params) => {
      session.disk(params);
      this.soon(0);
    });
  }

  private answer(): void {
    const { connection, session } = this;
    connection.onRequest(HoverRequest.type, ({ textDocument, position }) =>
      this.settled(null, () => {
        const document = session.documents.get(textDocument.uri);
        return document ? hover(session, textDocument.uri, document.offsetAt(position)) : null;
      }),
    );
    connection.onRequest(CodeActionRequest.type, (params) => this.settled([], () => actions(session, params)));
    connection.onRequest(ours.waive, (params) => this.settled(null, () => waiver(session, params)));
    connection.onRequest(ours.inventory, () =>
      this.settled([], () => [...session.grounds.values()].flatMap(held)),
    );
    connection.onRequest(ours.explain, ({ rule }) =>
      this.guarded(() => {
        const known = session.rule(rule);
        return known ? { id: known.id, title: known.title, page: known.page } : null;
      }) ?? null,
    );
    connection.onRequest(ours.rules, () =>
      this.guarded(() => session.engine.run((api) => api.rules().map(({ id, title }) => ({ id, title })))) ?? [],
    );
    connection.onRequest(ours.recognise, ({ paths }) =>
      this.guarded(() =>
        session.engine.run((api) =>
          paths.flatMap((path, index) => {
            const { mustCheck, grouped } = api.recognise(path);
            return mustCheck || grouped ? [index] : [];
          }),
        ),
      ) ?? [],
    );
  }

  /** Checks when nothing more is said for a while. */
  private soon(pause: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.update(), pause);
  }

  /** Answers for the newest text. */
  private settled<T>(nothing: T, answer: () => T): T {
    this.update();
    return this.guarded(answer) ?? nothing;
  }

  /** Does something that the module may not survive. */
  private guarded<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      this.tell(said(error));
      return undefined;
    }
  }

  private update(): void {
    clearTimeout(this.timer);
    const { changed, trouble } = this.session.update();
    if (trouble !== undefined || changed.length > 0) this.trouble = trouble;
    if (trouble !== undefined) this.tell(trouble);
    if (this.session.settings.role !== "inventory") this.publish(changed);
    if (changed.length === 0) return;
    const files = [...this.session.grounds.values()].reduce((sum, ground) => sum + ground.count, 0);
    void this.connection.sendNotification(ours.checked, { files, ...(this.trouble ? { trouble: this.trouble } : {}) });
  }

  /** Says it once. */
  private tell(trouble: string): void {
    if (this.told.has(trouble)) return;
    this.told.add(trouble);
    void this.connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message: `hallpass: ${trouble}` });
  }

  /** Sends what is not what was sent before; what is gone is sent as nothing. */
  private publish(changed: Ground[]): void {
    const grounds = new Set(this.session.grounds.values());
    for (const ground of changed) {
      const shower = new Shower(ground, (rule) => this.session.rule(rule) !== undefined);
      const told = ground.told();
      for (const path of told) this.send(ground, ground.address(path), shower.of(path), ground.version(path));
      const addresses = new Set([...told].map((path) => plainly(ground.address(path))));
      for (const [key, sent] of this.sent) {
        if (sent.ground === ground && !addresses.has(key)) this.send(ground, sent.uri, [], null);
      }
    }
    for (const { ground, uri } of [...this.sent.values()]) if (!grounds.has(ground)) this.send(ground, uri, [], null);
  }

  private send(ground: Ground, uri: string, diagnostics: Diagnostic[], version: number | null): void {
    const key = plainly(uri);
    const said = JSON.stringify(diagnostics);
    if ((this.sent.get(key)?.said ?? "[]") === said) return;
    if (diagnostics.length > 0) this.sent.set(key, { uri, said, ground });
    else this.sent.delete(key);
    void this.connection.sendNotification(PublishDiagnosticsNotification.type, {
      uri,
      diagnostics,
      ...(version === null ? {} : { version }),
    });
  }
}
