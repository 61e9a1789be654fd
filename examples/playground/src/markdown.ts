// The Markdown of rule pages as elements: headings, paragraphs, lists, fenced blocks, code, emphasis and links. A link
// leads to a rule or to https; any other is its text.
import { element } from "./dom";

/** Where the page of a rule is in this page. */
export function ruleAddress(rule: string): string {
  return `#rule/${rule}`;
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*(.*)$/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const ITEM = /^(\s*)(?:[-*]|(\d+)\.)\s+(.*)$/;
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/;

export function markdown(text: string): DocumentFragment {
  const made = document.createDocumentFragment();
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (!line.trim()) at++;
    else if (fence) at = fenced(made, lines, at, fence[2] ?? "", fence[3] ?? "");
    else if (heading) {
      // The page has its own h1 and h2.
      const level = Math.min((heading[1] ?? "").length + 2, 6) as 3 | 4 | 5 | 6;
      made.append(element(`h${level}`, {}, ...inline(heading[2] ?? "")));
      at++;
    } else if (ITEM.test(line)) at = list(made, lines, at);
    else {
      const from = at;
      while (at < lines.length && lines[at]?.trim() && (at === from || !starts(lines[at] ?? ""))) at++;
      made.append(element("p", {}, ...inline(lines.slice(from, at).join(" "))));
    }
  }
  return made;
}

function starts(line: string): boolean {
  return FENCE.test(line) || HEADING.test(line) || ITEM.test(line);
}

function fenced(into: DocumentFragment, lines: string[], from: number, fence: string, info: string): number {
  let at = from + 1;
  while (at < lines.length && !lines[at]?.trim().startsWith(fence)) at++;
  const code = element("pre", { tabIndex: 0 }, element("code", {}, lines.slice(from + 1, at).join("\n")));
  // Examples say their language and then the file that they would be.
  const name = info.split(/\s+/).slice(1).join(" ");
  into.append(name ? element("figure", {}, element("figcaption", {}, name), code) : code);
  return at + 1;
}

function list(into: DocumentFragment, lines: string[], from: number): number {
  const made = element(ITEM.exec(lines[from] ?? "")?.[2] ? "ol" : "ul");
  let at = from;
  while (at < lines.length) {
    const item = ITEM.exec(lines[at] ?? "");
    if (!item) break;
    const words = [item[3] ?? ""];
    at++;
    while (at < lines.length && lines[at]?.trim() && !starts(lines[at] ?? "")) words.push((lines[at++] ?? "").trim());
    made.append(element("li", {}, ...inline(words.join(" "))));
    while (at < lines.length && !lines[at]?.trim() && ITEM.test(lines[at + 1] ?? "")) at++;
  }
  into.append(made);
  return at;
}

function inline(text: string): (Node | string)[] {
  const found = INLINE.exec(text);
  if (!found) return [text];
  const [whole, code, strong, emphasis, label, address] = found;
  const before = text.slice(0, found.index);
  const after = inline(text.slice(found.index + whole.length));
  const node =
    code !== undefined
      ? element("code", {}, code)
      : strong !== undefined
        ? element("strong", {}, ...inline(strong))
        : emphasis !== undefined
          ? element("em", {}, ...inline(emphasis))
          : link(label ?? "", address ?? "");
  return [before, node, ...after];
}

function link(label: string, address: string): Node | string {
  const rule = /^(?:\.\.\/)?([a-z-]+\/[a-z-]+)\.md$/.exec(address)?.[1];
  if (rule) return element("a", { href: ruleAddress(rule) }, label);
  if (!address.startsWith("https://")) return label;
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}
