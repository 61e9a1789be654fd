// The page: puts the parts together. Texts live in the editor's states and in the worker, and nowhere else.
import type { Spot } from "hallpass";
import { EditorView } from "@codemirror/view";
import { Actions } from "./actions";
import { Checker, PATIENCE_MS } from "./checker";
import { byId, element } from "./dom";
import { freshState, makeEditor } from "./editor";
import { asPath, Files, MENDED, shortNames } from "./files";
import { inventory } from "./inventory";
import { List } from "./list";
import { outline, unfolded } from "./outline";
import { embedded, startWorker } from "./parcel";
import type { Checked } from "./protocol";
import { Rulebook } from "./rulebook";
import { SAMPLE } from "./sample";
import { Session } from "./session";
import { type Doing, squiggle } from "./squiggles";
import { type Shown, withStale } from "./stale";
import { awaited, summary } from "./status";
import { TabStrip } from "./tabs";
import { WaiverForm } from "./waiver";

const PANES = [
  ["findings", "Findings"],
  ["rule", "Rule"],
  ["inventory", "Inventory"],
  ["facts", "Facts"],
] as const;
type Pane = (typeof PANES)[number][0];

async function main(): Promise<void> {
  const status = byId("status", HTMLElement);
  const notice = byId("notice", HTMLElement);
  const name = byId("name", HTMLInputElement);
  const fixAll = byId("fix-all", HTMLButtonElement);

  status.textContent = "Unpacking the rules…";
  const checker = new Checker(startWorker, await embedded("module"));
  status.textContent = "Starting the rules…";
  const view = makeEditor(byId("editor", HTMLElement));
  const files = new Files(view, (path, text) =>
    freshState(path, text, ({ state, changes, docChanged, transactions }) => {
      files.edited(state, changes);
      if (!docChanged) return;
      if (!transactions.some((one) => one.isUserEvent(MENDED))) tell("");
      changed();
    }),
  );

  let findings: readonly Shown[] = [];
  let pane: Pane = "findings";
  /** Whether the notice is about a check that failed, which the next one that does not takes back. */
  let troubled = false;
  const session = new Session(checker, files, { checked, checking, failed });
  const actions = new Actions(checker, files, session, () => findings);

  const fileTabs = new TabStrip(byId("files-tabs", HTMLElement), open, () => "editor");
  const paneTabs = new TabStrip(byId("pane-tabs", HTMLElement), (id) => show(id as Pane), (id) => `pane-${id}`);

  const book = new Rulebook(await checker.ask(new Map(), { kind: "rules" }), () => {
    show("rule");
    byId("pane-rule", HTMLElement).focus();
  });
  const form = new WaiverForm(async (finding, terms) => {
    const refused = await actions.waive(finding, terms);
    if (refused === undefined) {
      changed();
      tell(`Waived: ${finding.rule}, until ${terms.until}.`);
    }
    return refused;
  });
  const doing: Doing = {
    waivable: ({ rule, stale }) => !stale && book.waivable(rule),
    fix: (finding, title) => act(actions.fix(finding, title)),
    waive: (finding) => form.open(finding),
  };
  const list = new List(byId("pane-findings", HTMLElement), files, go, doing);

  function tell(text: string): void {
    notice.textContent = text;
  }

  function act(done: Promise<string>): void {
    done.then(
      (what) => {
        changed();
        tell(what);
      },
      (error: unknown) => tell(`That could not be done: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  function changed(): void {
    drawTabs();
    session.changed();
  }

  function checked(result: Checked): void {
    findings = withStale(findings, result.answer, (spot) => files.moved(spot));
    files.settled();
    status.textContent = summary(result);
    if (troubled) tell("");
    troubled = false;
    squiggle(files, findings, result.policyTrouble, doing);
    list.show(findings, result);
    fixAll.disabled = !findings.some(({ fixes }) => fixes?.some(({ safety }) => safety === "safe"));
    drawTabs();
    void fill();
  }

  function checking(count: number): void {
    status.textContent = awaited(count, PATIENCE_MS);
  }

  function failed(why: string, restarted: boolean): void {
    troubled = true;
    status.textContent = "The newest text was not checked; what is shown is about an earlier one.";
    tell(
      restarted
        ? `The checker stopped on this text (${why}) and was started again. What is shown is about an earlier text; the next change is checked.`
        : `This text could not be checked: ${why}`,
    );
  }

  /** The panes that cost a question are filled when somebody looks at them. */
  async function fill(): Promise<void> {
    const wanted = pane;
    if (wanted !== "facts" && wanted !== "inventory") return;
    const version = files.version;
    const into = byId(`pane-${wanted}`, HTMLElement);
    try {
      const parts =
        wanted === "facts"
          ? [outline(await checker.ask(files.texts(), { kind: "facts" }), "units", unfolded(into))]
          : inventory(await checker.ask(files.texts(), { kind: "inventory" }), unfolded(into));
      if (version === files.version) into.replaceChildren(...parts);
    } catch (error) {
      into.replaceChildren(element("p", {}, `No answer: ${error instanceof Error ? error.message : String(error)}`));
    }
  }

  function drawTabs(): void {
    const counts = new Map<string, number>();
    for (const { path } of findings) counts.set(path, (counts.get(path) ?? 0) + 1);
    const { names } = files;
    const labels = shortNames(names);
    fileTabs.draw(names.map((path, at) => ({ id: path, label: labels[at] ?? path, title: path, count: counts.get(path) ?? 0 })), files.active);
    paneTabs.draw(PANES.map(([id, label]) => (id === "findings" ? { id, label, count: findings.length } : { id, label })), pane);
    if (document.activeElement !== name) name.value = files.active;
  }

  function show(next: Pane): void {
    pane = next;
    for (const [id] of PANES) byId(`pane-${id}`, HTMLElement).hidden = id !== next;
    drawTabs();
    void fill();
  }

  function open(path: string): void {
    files.show(path);
    drawTabs();
  }

  function go({ path, span }: Spot): void {
    open(path);
    const length = view.state.doc.length;
    const [anchor, head] = [Math.min(span.start, length), Math.min(span.end, length)];
    view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    view.focus();
  }

  name.addEventListener("change", () => {
    const typed = asPath(name.value);
    if ("wrong" in typed) return tell(typed.wrong);
    if (typed.path !== files.active) {
      if (files.names.includes(typed.path)) return tell(`There is a file ${typed.path} already.`);
      files.rename(typed.path);
      tell("");
      changed();
    }
    name.value = typed.path;
  });
  byId("add", HTMLButtonElement).addEventListener("click", () => {
    let path = "new.yml";
    for (let n = 2; files.names.includes(path); n++) path = `new-${n}.yml`;
    files.add(path, "");
    files.show(path);
    changed();
    name.focus();
    name.value = path;
    name.select();
  });
  byId("remove", HTMLButtonElement).addEventListener("click", () => {
    files.remove();
    if (files.names.length === 0) files.add("new.yml", "");
    open(files.names[0] && !files.active ? files.names[0] : files.active);
    changed();
  });
  fixAll.addEventListener("click", () => act(actions.fixAll()));
  notice.addEventListener("click", () => tell(""));

  for (const [path, text] of SAMPLE) files.add(path, text);
  open(SAMPLE[0]?.[0] ?? "");
  show(pane);
  status.textContent = "Checking the sample…";
  await session.settle();
}

main().catch((error: unknown) => {
  byId("status", HTMLElement).textContent = `The page could not start: ${error instanceof Error ? error.message : String(error)}`;
});
