// How the editor looks: sizes, and the page's colours in place of CodeMirror's.
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/** Where findings lie over each other, the gravest is drawn: what comes later wins. */
const SEVERITIES = ["info", "low", "medium", "high", "critical"];

function wave(colour: string): Record<string, string> {
  return { backgroundImage: "none", textDecoration: `underline wavy ${colour} 1.5px`, textUnderlineOffset: "3px", textDecorationSkipInk: "none" };
}

export const look: Extension = EditorView.theme({
  "&": { height: "100%", fontSize: "0.875rem", color: "var(--ink)", backgroundColor: "var(--paper)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--faint)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--active)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--selection)",
  },
  ".cm-lintRange": { backgroundImage: "none", paddingBottom: "0" },
  ".cm-lintRange-active": { backgroundColor: "var(--active)" },
  ...Object.fromEntries(SEVERITIES.map((severity) => [`.cm-lintRange.at-${severity}`, wave(`var(--${severity})`)])),
  ".cm-lint-marker": { content: "none !important", width: "0.7em", height: "0.7em", margin: "0.4em 0.15em", borderRadius: "50%" },
  ".cm-lint-marker-error": { backgroundColor: "var(--high)" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--medium)", borderRadius: "2px" },
  ".cm-lint-marker-info, .cm-lint-marker-hint": { backgroundColor: "var(--low)", borderRadius: "2px" },
  ".cm-tooltip": { maxWidth: "min(38rem, 94vw)", color: "var(--ink)", backgroundColor: "var(--panel)", border: "1px solid var(--line)", borderRadius: "6px", boxShadow: "0 4px 16px #0004" },
  ".cm-tooltip-lint": { maxHeight: "60vh", overflowY: "auto" },
  ".cm-diagnostic": { padding: "8px 12px", fontFamily: "var(--sans)", fontSize: "0.875rem", lineHeight: "1.45", borderLeft: "4px solid var(--low)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--high)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--medium)" },
  ".cm-diagnostic p": { margin: "4px 0" },
  ".cm-diagnostic pre": { margin: "4px 0", maxHeight: "10rem", overflow: "auto", whiteSpace: "pre-wrap", fontFamily: "var(--mono)", fontSize: "0.8rem" },
  ".cm-diagnostic code": { fontFamily: "var(--mono)", overflowWrap: "anywhere" },
  ".cm-diagnostic a": { color: "var(--accent)" },
  ".cm-diagnosticAction": { margin: "4px 8px 0 0", padding: "3px 9px", color: "var(--button-ink)", backgroundColor: "var(--button)", border: "0", borderRadius: "4px", font: "inherit", cursor: "pointer" },
  ".cm-diagnosticAction:focus-visible": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  ".cm-panel.cm-panel-lint": { backgroundColor: "var(--panel)", color: "var(--ink)" },
});
