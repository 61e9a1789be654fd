// A strip of tabs as the ARIA pattern has it: one stop for Tab, arrows between, the picked one shown.
import { element } from "./dom";

export interface Tab {
  id: string;
  label: string;
  /** What it is called in full, where the label is short. */
  title?: string;
  /** A number beside the label; its room is kept when there is none. */
  count?: number;
}

export class TabStrip {
  private drawn = "";

  constructor(
    private readonly strip: HTMLElement,
    private readonly pick: (id: string) => void,
    /** The id of the panel that they show, or of each its own. */
    private readonly panel: (id: string) => string,
  ) {
    strip.addEventListener("keydown", (event) => this.key(event));
  }

  draw(tabs: Tab[], active: string): void {
    const wanted = JSON.stringify([tabs, active]);
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    const focused = this.strip.contains(document.activeElement);
    this.strip.replaceChildren(
      ...tabs.map(({ id, label, title = label, count }) => {
        const tab = element("button", { type: "button", role: "tab", title, tabIndex: id === active ? 0 : -1, data: { id } }, element("span", {}, label));
        if (count !== undefined) tab.append(element("span", { className: "count" }, count ? String(count) : ""));
        tab.ariaLabel = count ? `${title}, ${count} found` : title;
        tab.setAttribute("aria-selected", String(id === active));
        tab.setAttribute("aria-controls", this.panel(id));
        tab.addEventListener("click", () => this.pick(id));
        return tab;
      }),
    );
    const shown = this.strip.querySelector<HTMLElement>("[aria-selected=true]");
    shown?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focused) shown?.focus();
  }

  private key(event: KeyboardEvent): void {
    const tabs = [...this.strip.querySelectorAll<HTMLElement>("[role=tab]")];
    const at = tabs.findIndex((tab) => tab === event.target);
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
    const to = steps[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    tabs[(to + tabs.length) % tabs.length]?.click();
  }
}
