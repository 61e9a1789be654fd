// The editor: CodeMirror in a shadow root, where its styles are adopted sheets, so that the page's policy needs no inline
// style at all.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, type ViewUpdate } from "@codemirror/view";
import { colours, language } from "./language";
import { look } from "./look";

export function makeEditor(host: HTMLElement): EditorView {
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({ parent: root, root });
  return view;
}

/** A state for a file; `changed` hears of every update. Tab leaves the editor, as everywhere on the page. */
export function freshState(path: string, text: string, changed: (update: ViewUpdate) => void): EditorState {
  const always: Extension = [
    lineNumbers(),
    lintGutter(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of("  "),
    keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
    EditorView.lineWrapping,
    EditorView.updateListener.of(changed),
    colours,
    look,
  ];
  const label = EditorView.contentAttributes.of({ "aria-label": `Text of ${path}` });
  return EditorState.create({ doc: text, extensions: [always, language(path), label] });
}
