"use strict";
(() => {
  const rows = [...document.querySelectorAll("tr.entry")];
  const text = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const controls = document.getElementById("controls");
  const search = document.getElementById("search");
  const blank = document.getElementById("blank");
  const count = document.getElementById("count");

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = (!blank.checked || "blank" in row.dataset) && words.every((word) => text.get(row).includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  };

  // A link to an entry opens it.
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };

  controls.hidden = false;
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", filter);
  addEventListener("hashchange", open);
  // Paper shows everything.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  filter();
  open();
})();
