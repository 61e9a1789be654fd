// What can be done about findings: fixes that the module writes, waivers, and the page of the rule.

import {
  CodeActionKind,
  type CodeAction,
  type CodeActionParams,
  type Diagnostic,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from "vscode-languageserver-protocol";
import type { Edit, Finding, Span } from "../../../../plugin/js/hallpass";
import { EXPLAIN, WAIVE, type WaiveParams } from "../protocol";
import { range } from "./diagnostics";
import type { Ground } from "./ground";
import type { Home, Session } from "./session";
import { unused } from "./unused";
import { plain } from "./words";

/** Mends everything that can be mended safely. */
export const FIX_ALL = "source.fixAll.hallpass";
/** Most findings for which actions are worked out at once: each may mean a check. */
const MOST = 8;

export function actions(session: Session, params: CodeActionParams): CodeAction[] {
  const { uri } = params.textDocument;
  const home = session.home(uri);
  const document = session.documents.get(uri);
  if (!home || !document) return [];
  const { only, diagnostics } = params.context;
  const asksFor = (kind: string) => !only || only.some((asked) => asked === "" || kind === asked || kind.startsWith(`${asked}.`));
  const made: CodeAction[] = [];
  if (asksFor(CodeActionKind.QuickFix)) {
    const start = document.offsetAt(params.range.start);
    const end = document.offsetAt(params.range.end);
    const here = home.ground.found(home.path).filter(({ at }) => at.start <= end && start <= at.end);
    made.push(...here.slice(0, MOST).flatMap(({ at, finding }) => quick(session, home, uri, at, finding, diagnostics)));
  }
  // What mends the whole document is worked out for whoever asks for just that.
  if (only && asksFor(FIX_ALL)) made.push(...fixAll(home));
  return made;
}

function quick(session: Session, { ground, path }: Home, uri: string, at: Span, finding: Finding, given: Diagnostic[]): CodeAction[] {
  const about = given.filter((diagnostic) => (diagnostic.data as { fingerprint?: string } | undefined)?.fingerprint === finding.fingerprint);
  const base = { kind: CodeActionKind.QuickFix, ...(about.length > 0 ? { diagnostics: about } : {}) };
  const mends = (finding.fixes ?? []).filter(
    ({ mends }) => ground.pathOf(mends.path) === path && mends.span.start === at.start && mends.span.end === at.end,
  );
  const sound = mends.filter((fix) => fix.edits.length > 0 && ground.sound(fix.edits));
  const best = sound.find((fix) => fix.safety === "safe");
  const made: CodeAction[] = sound.map((fix) => ({
    ...base,
    title: plain(fix.title) + (fix.safety === "safe" ? "" : " (may need work elsewhere)"),
    edit: edit(ground, fix.edits),
    ...(fix === best ? { isPreferred: true } : {}),
  }));
  const gone = unused(path, ground.document(path).getText(), finding);
  if (gone) made.push({ ...base, title: "remove this waiver", edit: edit(ground, [gone]), isPreferred: true });
  const rule = session.rule(finding.rule);
  if (rule?.waivable !== false) {
    const title = `waive ${plain(finding.rule)} with an owner, a reason and a date`;
    made.push({ ...base, title, command: { title, command: WAIVE, arguments: [{ uri, fingerprint: finding.fingerprint }] } });
  }
  if (rule) {
    const title = `explain ${rule.id}`;
    made.push({ ...base, title, command: { title, command: EXPLAIN, arguments: [rule.id] } });
  }
  return made;
}

/** The safe fixes of a document that stay inside of it. */
function fixAll({ ground, path }: Home): CodeAction[] {
  const only = ground.found(path).filter(({ finding }) => {
    const safe = finding.fixes?.filter((fix) => fix.safety === "safe") ?? [];
    return safe.length > 0 && safe.every((fix) => fix.edits.every((edit) => ground.pathOf(edit.path) === path));
  });
  if (only.length === 0) return [];
  const edits = ground.fixed(only.map(({ finding }) => finding.fingerprint));
  if (edits.length === 0) return [];
  return [{ title: "fix everything that can be fixed safely", kind: FIX_ALL, edit: edit(ground, edits) }];
}

/** What waives a finding, on terms that somebody gave. */
export function waiver(session: Session, { uri, fingerprint, terms }: WaiveParams): WorkspaceEdit | null {
  const ground = session.home(uri)?.ground;
  const edits = ground?.waived(fingerprint, terms);
  return ground && edits ? edit(ground, edits) : null;
}

/** Edits in the protocol's words; files that are not there are made. */
function edit(ground: Ground, edits: Edit[]): WorkspaceEdit {
  const files = new Map<string, Edit[]>();
  for (const one of edits) {
    const path = ground.pathOf(one.path);
    files.set(path, [...(files.get(path) ?? []), one]);
  }
  const documentChanges = [...files].flatMap(([path, its]): NonNullable<WorkspaceEdit["documentChanges"]> => {
    const uri = ground.address(path);
    const made: TextDocumentEdit = {
      textDocument: { uri, version: ground.version(path) },
      edits: its.map((one) => ({ range: range(ground, path, one.span), newText: one.replacement })),
    };
    return ground.has(path) ? [made] : [{ kind: "create", uri, options: { ignoreIfExists: true } }, made];
  });
  return { documentChanges };
}
