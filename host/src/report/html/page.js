"use strict";
(() => {
  const list = document.getElementById("findings");
  const controls = document.getElementById("controls");
  const articles = [...list.querySelectorAll("article")];
  const search = document.getElementById("search");
  const kind = document.getElementById("class");
  const group = document.getElementById("group");
  const count = document.getElementById("count");
  const text = new Map(articles.map((a) => [a, a.textContent.toLowerCase()]));

  const arrange = () => {
    list.querySelectorAll(".group").forEach((head) => head.remove());
    const key = group.value;
    const order = [...articles];
    if (key) {
      const ranks = ["critical", "high", "medium", "low", "info"];
      const rank = (a) => (key === "severity" ? String(ranks.indexOf(a.dataset.severity)) : a.dataset[key]);
      order.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : articles.indexOf(a) - articles.indexOf(b)));
    }
    let last;
    for (const article of order) {
      if (key && article.dataset[key] !== last) {
        last = article.dataset[key];
        const head = document.createElement("h2");
        head.className = "group";
        head.textContent = last;
        list.append(head);
      }
      list.append(article);
    }
    filter();
  };

  const filter = () => {
    const severities = new Set([...controls.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const article of articles) {
      const fits = severities.has(article.dataset.severity)
        && (!kind.value || article.dataset.class === kind.value)
        && words.every((word) => text.get(article).includes(word));
      article.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const head of list.querySelectorAll(".group")) {
      let next = head.nextElementSibling;
      while (next && next.matches("article[hidden]")) next = next.nextElementSibling;
      head.hidden = !next || !next.matches("article");
    }
    count.textContent = `${shown} of ${articles.length} shown`;
  };

  // A link to an entry of the graph opens it; paper shows everything.
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  open();

  controls.hidden = false;
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", filter);
  group.addEventListener("change", arrange);
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  filter();
})();
