// Any JSON as a tree that unfolds; what is folded is not built, since facts of a large file are many.
import { element } from "./dom";

/** Whether what has this key is unfolded. */
export type IsOpen = (key: string) => boolean;

/** `within`: the key of what it is part of. */
export function outline(value: unknown, name: string, isOpen: IsOpen, within = ""): HTMLElement {
  if (typeof value !== "object" || value === null) return element("p", { className: "leaf" }, ...named(name), leaf(value));
  const entries = Object.entries(value);
  if (entries.length === 0) return element("p", { className: "leaf" }, ...named(name), Array.isArray(value) ? "[]" : "{}");
  const key = `${within}/${name}`;
  const made = element("details", { data: { key } }, element("summary", {}, ...named(name), element("span", { className: "faint" }, hint(value, entries.length))));
  const unfold = (): void => {
    if (made.open && made.childElementCount === 1) made.append(...entries.map(([inner, part]) => outline(part, inner, isOpen, key)));
  };
  made.addEventListener("toggle", unfold);
  made.open = isOpen(key);
  unfold();
  return made;
}

/** What is unfolded below an element, to unfold it again when it is filled anew. */
export function unfolded(root: HTMLElement): IsOpen {
  const keys = new Set([...root.querySelectorAll<HTMLDetailsElement>("details[open]")].map(({ dataset }) => dataset["key"]));
  return (key) => keys.has(key);
}

function named(name: string): Node[] {
  return name ? [element("span", { className: "key" }, name), document.createTextNode(" ")] : [];
}

function leaf(value: unknown): Node {
  return element("span", { className: `value ${typeof value}` }, JSON.stringify(value) ?? "null");
}

/** What is inside, in a few words, so that nobody unfolds a list to see whether it is the right one. */
function hint(value: object, size: number): string {
  if (Array.isArray(value)) return `${size} ${size === 1 ? "item" : "items"}`;
  const fields = value as Record<string, unknown>;
  // A unit is known by its first file.
  if (Array.isArray(fields["files"])) return String(fields["files"][0]);
  const telling = ["path", "id", "name", "kind", "is", "value"].map((key) => fields[key]);
  return telling.filter((one) => typeof one === "string").slice(0, 2).join(" · ") || "…";
}
