// Which highlighting a name asks for. What is not known is shown plain; the rules read it all the same.
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { groovy } from "@codemirror/legacy-modes/mode/groovy";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import type { Extension } from "@codemirror/state";
import { tags } from "@lezer/highlight";
import { hcl } from "./hcl";

const BY_NAME: [RegExp, () => Extension][] = [
  [/\.ya?ml$/i, yaml],
  [/\.(json|tfstate|jsonc|webmanifest)$/i, json],
  [/\.(tf|tfvars|hcl|bicep)$/i, () => StreamLanguage.define(hcl)],
  [/\.toml$/i, () => StreamLanguage.define(toml)],
  [/(^|\/)(Docker|Container)file[^/]*$/i, () => StreamLanguage.define(dockerFile)],
  [/(^|\/)Jenkinsfile[^/]*$|\.groovy$/i, () => StreamLanguage.define(groovy)],
  [/\.(sh|bash|env)$|(^|\/)\.env[^/]*$/i, () => StreamLanguage.define(shell)],
];

export function language(path: string): Extension {
  return BY_NAME.find(([name]) => name.test(path))?.[1]() ?? [];
}

/** Colours are the page's, so that light and dark are chosen in one place. */
export const colours: Extension = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.comment, tags.meta], color: "var(--code-comment)" },
    { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.attributeName], color: "var(--code-key)" },
    { tag: [tags.keyword, tags.operatorKeyword, tags.typeName], color: "var(--code-word)" },
    { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-text)" },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
    { tag: [tags.variableName, tags.labelName], color: "var(--code-name)" },
  ]),
);
