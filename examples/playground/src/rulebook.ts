// A rule's page, chosen from all of them or by the address `#rule/<id>`, which holds nothing of anybody's text.
import type { Rule } from "hallpass";
import { byId, element } from "./dom";
import { markdown, ruleAddress } from "./markdown";

export class Rulebook {
  private readonly choice = byId("rule-choice", HTMLSelectElement);
  private readonly page = byId("rule-page", HTMLElement);

  constructor(
    private readonly rules: Rule[],
    opened: () => void,
  ) {
    const classes = new Map<string, Rule[]>();
    for (const rule of rules) {
      const name = rule.id.split("/")[0] ?? "";
      classes.set(name, [...(classes.get(name) ?? []), rule]);
    }
    for (const [label, members] of classes) {
      this.choice.append(element("optgroup", { label }, ...members.map(({ id }) => element("option", { value: id }, id))));
    }
    this.choice.addEventListener("change", () => (location.hash = ruleAddress(this.choice.value)));
    const follow = (): void => {
      const asked = /^#rule\/([\w/-]+)$/.exec(location.hash)?.[1];
      if (asked === undefined) return;
      this.show(asked);
      opened();
    };
    window.addEventListener("hashchange", follow);
    // The same link twice changes no address, and is followed all the same.
    document.addEventListener("click", (event) => {
      const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
      if (link && link.getAttribute("href") === location.hash) follow();
    });
    const first = rules[0];
    if (first) this.show(first.id);
    follow();
  }

  waivable(id: string): boolean {
    return this.find(id)?.waivable ?? true;
  }

  private find(id: string): Rule | undefined {
    return this.rules.find((rule) => rule.id === id || rule.aliases.includes(id));
  }

  private show(id: string): void {
    const rule = this.find(id);
    if (!rule) {
      this.page.replaceChildren(element("p", {}, `${id} has no page here: it is a rule of the policy.`));
      return;
    }
    this.choice.value = rule.id;
    const standards = rule.frameworks.map((one) => `${one.name} ${one.id}`).join(", ");
    const facts = [`${rule.severity}, confidence ${rule.confidence}`, rule.waivable ? "may be waived" : "cannot be waived", rule.preview ? "in preview" : "", standards];
    this.page.replaceChildren(element("p", { className: "faint" }, facts.filter(Boolean).join(" · ")), markdown(rule.page.replace(/^\+\+\+\n[\s\S]*?\n\+\+\+\n/, "")));
    this.page.parentElement?.scrollTo(0, 0);
  }
}
