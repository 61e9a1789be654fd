// The inventory: who is in the open folders, and who answers for them. Whatever is shown came through the server as plain
// text, and is shown as such.

import { EventEmitter, Range, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri, window, type Disposable, type TreeDataProvider } from "vscode";
import * as ours from "../protocol";
import type { Servers } from "./servers";

/** How long checks may follow each other before the view is drawn again, in milliseconds. */
const PAUSE = 400;

const CLASSES: { of: string; title: string; icon: string }[] = [
  { of: "identity", title: "Identities", icon: "person" },
  { of: "credential", title: "Credentials", icon: "key" },
  { of: "endpoint", title: "Endpoints", icon: "globe" },
];

type Place = ours.Held["places"][number];

/** A line of the view. */
interface Line {
  label: string;
  description?: string;
  tooltip?: string;
  icon?: string;
  lines?: Line[];
  open?: boolean;
  at?: Place;
}

export class Inventory implements TreeDataProvider<Line>, Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view = window.createTreeView("hallpass.inventory", { treeDataProvider: this, showCollapseAll: true });
  private readonly listening: Disposable;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly servers: Servers) {
    this.listening = servers.onChecked(() => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.changed.fire(), PAUSE);
    });
  }

  async getChildren(line?: Line): Promise<Line[]> {
    if (line) return line.lines ?? [];
    const held = (await this.servers.helper?.sendRequest(ours.inventory, null)) ?? [];
    const blank = held.filter((one) => one.accountable && !one.owner).length;
    this.view.message = held.length > 0 && blank > 0 ? `Nobody is said to own ${blank} of ${held.length}.` : "";
    return CLASSES.map(({ of, title, icon }) => {
      const its = held.filter((one) => one.class === of);
      return { label: title, description: String(its.length), icon, open: true, lines: its.map((one) => entry(one, icon)) };
    }).filter((group) => group.lines.length > 0);
  }

  getTreeItem(line: Line): TreeItem {
    const { None, Expanded, Collapsed } = TreeItemCollapsibleState;
    const item = new TreeItem(line.label, !line.lines?.length ? None : line.open ? Expanded : Collapsed);
    if (line.description !== undefined) item.description = line.description;
    if (line.tooltip !== undefined) item.tooltip = line.tooltip;
    if (line.icon) item.iconPath = new ThemeIcon(line.icon);
    if (line.at) {
      const { uri, range: { start, end } } = line.at;
      const selection = new Range(start.line, start.character, end.line, end.character);
      item.command = { title: "Go to it", command: "vscode.open", arguments: [Uri.parse(uri), { selection }] };
    }
    return item;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.listening.dispose();
    this.view.dispose();
  }
}

function entry(held: ours.Held, icon: string): Line {
  const answers: [string, ours.Said | null][] = [
    ["owner", held.owner],
    ["why", held.purpose],
    ["until", held.until],
    ["switched off by", held.revocation],
  ];
  const asked = answers.filter(([, said]) => said || held.accountable);
  const at = held.places[0] ?? held.uses[0]?.at;
  // `platform/kind/scope/name`: what it is called comes first, where it is seen.
  const [name, ...scope] = held.id.split("/").slice(2).filter((part) => part !== "*").reverse();
  return {
    label: name ?? held.id,
    description: [held.kind, scope.reverse().join("/")].filter(Boolean).join(" · "),
    tooltip: held.id,
    icon: held.accountable && !held.owner ? "warning" : icon,
    ...(at ? { at } : {}),
    lines: [
      ...asked.map(([label, said]) => ({ label, description: said ? `${said.is} (${said.by})` : "nobody says", icon: said ? "check" : "question" })),
      ...held.lifetimes.map((description) => ({ label: "lifetime", description, icon: "clock" })),
      ...held.rights.map((description) => ({ label: "may", description, icon: "shield" })),
      ...held.places.map((at) => ({ label: "made in", description: named(at), icon: "go-to-file", at })),
      ...held.uses.map(({ how, at }) => ({ label: how, description: named(at), icon: "go-to-file", at })),
    ],
  };
}

function named({ uri, range }: Place): string {
  return `${Uri.parse(uri).path.split("/").pop() ?? ""}:${range.start.line + 1}`;
}
