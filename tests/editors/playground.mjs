// The playground in Chromium, as somebody uses it: types, hovers, fixes, waives. Wants `npm run build` in examples/playground.
// usage: node tests/editors/playground.mjs [--screenshot FILE]
//   FILE is a wide light page; beside it, FILE with `-narrow` before its ending is a narrow dark one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const dist = fileURLToPath(new URL("../../examples/playground/dist/index.html", import.meta.url));
const html = readFileSync(dist);
const screenshot = process.argv.includes("--screenshot") ? process.argv[process.argv.indexOf("--screenshot") + 1] : undefined;

// Not ASCII before the finding, on its own line too; what is hostile stands where messages repeat it.
const HOSTILE = `<img src=x onerror="window.hostile=1">`;
const WORKFLOW = `# Grüße 🎉
name: déployer 🚀
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  ship:
    name: '${HOSTILE}'
    runs-on: ubuntu-24.04
    steps:
      - { name: "Café 🚀", uses: actions/checkout@8edcb1bdb4e267140fa742c62e395cd74f332709, with: { persist-credentials: true } }
      - { name: "Né 🧪", uses: acme/announce@v2, with: { webhook: "\${{ secrets.ANNOUNCE_WEBHOOK }}" } }
      - { name: "é 💥", uses: 'acme/${HOSTILE}@v1', with: { webhook: "\${{ secrets.ANNOUNCE_WEBHOOK }}" } }
`;

const server = createServer((request, response) => {
  const found = request.url === "/";
  response.writeHead(found ? 200 : 404, { "content-type": "text/html" });
  response.end(found ? html : "");
}).listen(0, "127.0.0.1");
await new Promise((ready) => server.once("listening", ready));
const origin = `http://127.0.0.1:${server.address().port}`;

/** A page, with what it asked of any network and what it complained of. */
async function open(address, options = {}, prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const asked = [];
  const complaints = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await prepare(page);
  await page.goto(address);
  await page.getByRole("status").filter({ hasText: /finding/i }).waitFor();
  const end = async () => {
    const away = asked.filter((url) => url !== address && !/^(blob|data):/.test(url));
    assert.deepEqual(away, [], "the page asked for something");
    assert.deepEqual(complaints, [], "the page complained");
    await context.close();
  };
  return { page, end };
}

const list = (page) => page.locator("#pane-findings ol > li");
const entry = (page, rule, text) => list(page).filter({ has: page.locator(`a[href="#rule/${rule}"]`), hasText: text });

/** The texts that are underlined, in order; highlighting may cut one into several elements. */
function underlined(page) {
  return page.locator(".cm-content").evaluate((content) => {
    const found = [];
    let end = null;
    for (const mark of content.querySelectorAll(".cm-lintRange")) {
      if (mark.parentElement?.closest(".cm-lintRange")) continue;
      if (end && end.nextSibling === mark && end.className === mark.className) found[found.length - 1] += mark.textContent;
      else found.push(mark.textContent);
      end = mark;
    }
    return found;
  });
}

async function addFile(page, name, content) {
  await page.getByRole("button", { name: "Add file" }).click();
  await page.locator("#name").fill(name);
  await page.locator("#name").press("Enter");
  await page.getByRole("tab", { name }).waitFor();
  await page.locator(".cm-content").focus();
  await page.keyboard.insertText(content);
}

async function edits() {
  const { page, end } = await open(`${origin}/`);
  const classes = await list(page).evaluateAll((entries) => entries.map((one) => one.dataset.rule.split("/")[0]));
  for (const wanted of ["scope", "third-party", "lifetime", "identity"]) {
    assert.ok(classes.includes(wanted), `the sample shows no finding of ${wanted}: ${classes}`);
  }
  // One whose two ends stand in two files.
  await entry(page, "lifetime/above-ceiling", "infra/terraform.tfvars:1:").filter({ hasText: "infra/main.tf:" }).waitFor();

  const rooms = () => page.evaluate(() => ["#editor", "#status", "#pane-findings", "#files-tabs", "#pane-tabs", "header"].map((one) => JSON.stringify(document.querySelector(one).getBoundingClientRect())));
  await addFile(page, ".github/workflows/new.yml", "");
  const before = await rooms();
  await page.locator(".cm-content").focus();
  await page.keyboard.insertText(WORKFLOW);
  await entry(page, "third-party/unpinned-with-credential", ".github/workflows/new.yml:14:").waitFor();
  assert.deepEqual(await rooms(), before, "what is found moves what is typed");

  const marks = await underlined(page);
  for (const wanted of ["true", "acme/announce@v2"]) assert.ok(marks.includes(wanted), `\`${wanted}\` is not underlined: ${JSON.stringify(marks)}`);
  await entry(page, "secret/persisted-credential", ".github/workflows/new.yml:13:").waitFor();

  // What is hostile is text, in the list as in the tooltip.
  await entry(page, "third-party/unpinned-with-credential", "<img").waitFor();
  await page.locator(".cm-lintRange", { hasText: "<img" }).last().hover();
  await page.locator(".cm-tooltip").filter({ hasText: "<img" }).waitFor();
  assert.equal(await page.locator("img").count(), 0, "a message became an element");
  assert.equal(await page.evaluate(() => window.hostile), undefined, "a message ran");

  await page.mouse.move(0, 0);
  await page.locator(".cm-tooltip").waitFor({ state: "detached" });

  // The tooltip says what the list says, and leads to the rule's page.
  await page.locator(".cm-lintRange", { hasText: "announce" }).first().hover();
  const tooltip = page.locator(".cm-tooltip").filter({ hasText: "pin it to a digest" });
  await tooltip.getByRole("link", { name: "third-party/unpinned-with-credential" }).click();
  await page.locator("#rule-page").getByRole("heading", { name: "How to fix" }).waitFor();
  assert.match(await page.locator("#rule-page").innerText(), /What it catches/);
  assert.equal(await page.locator("#rule-choice").inputValue(), "third-party/unpinned-with-credential");
  await page.getByRole("tab", { name: "Findings" }).click();

  await entry(page, "secret/persisted-credential", "new.yml").getByRole("button", { name: "Fix: set persist-credentials to false" }).click();
  await entry(page, "secret/persisted-credential", "new.yml").waitFor({ state: "detached" });
  assert.match(await page.locator(".cm-content").innerText(), /persist-credentials: false/);

  // While a file cannot be read, what was said of it stays, moves with the text, and says that it is old.
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.insertText("news: [\n");
  const old = entry(page, "third-party/unpinned-with-credential", ".github/workflows/new.yml:15:").filter({ hasText: "(before the last edits" });
  await old.first().waitFor();
  assert.ok((await underlined(page)).includes("acme/announce@v2"), "what is old is not where the text went");
  assert.equal(await old.getByRole("button", { name: "Waive" }).count(), 0, "what is old can be waived");
  await page.keyboard.press("Control+z");
  await old.first().waitFor({ state: "detached" });

  const waived = entry(page, "third-party/unpinned-with-credential", "acme/announce");
  await waived.filter({ hasText: "new.yml:" }).getByRole("button", { name: "Waive" }).click();
  await page.getByLabel("Owner").fill("team-shop");
  await page.getByLabel("Reason").fill("the vendor moves his tags, SHOP-12");
  await page.getByLabel("Until").fill("2999-01-01");
  await page.getByRole("button", { name: "Waive", exact: true }).click();
  await page.locator("#waiver-refusal").filter({ hasText: "No waiver holds" }).waitFor();
  await page.getByLabel("Until").fill(new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10));
  await page.getByRole("button", { name: "Waive", exact: true }).click();
  await waived.filter({ hasText: "new.yml:" }).waitFor({ state: "detached" });
  assert.match(await page.locator(".cm-content").innerText(), /hallpass: allow\(third-party\/unpinned-with-credential\).*team-shop/);
  await page.locator(".remarks", { hasText: "waived" }).waitFor();

  // Where a comment cannot stand, the waiver is a row of the policy, which is a file of its own.
  await page.getByRole("tab", { name: "hallpass.toml" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("tab", { name: "hallpass.toml" }).waitFor({ state: "detached" });
  const policy = { Resources: { Robot: { Type: "AWS::IAM::User", Properties: { UserName: "robot", ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] } } } };
  await addFile(page, "template.json", JSON.stringify(policy, undefined, 2));
  const grant = entry(page, "scope/admin-grant", "template.json:");
  await grant.getByRole("button", { name: "Waive" }).click();
  await page.getByLabel("Owner").fill("team-shop");
  await page.getByLabel("Reason").fill("the robot is replaced soon, SHOP-13");
  await page.getByRole("button", { name: "Waive", exact: true }).click();
  await grant.waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "hallpass.toml" }).click();
  assert.match(await page.locator(".cm-content").innerText(), /\[\[waiver\]\]/);

  await page.getByRole("button", { name: "Fix all" }).click();
  await entry(page, "lifetime/above-ceiling", "").waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "infra/terraform.tfvars" }).click();
  assert.match(await page.locator(".cm-content").innerText(), /session_seconds = 3600/);

  await page.getByRole("tab", { name: "Inventory" }).click();
  await page.locator("#pane-inventory > details > summary", { hasText: "kubernetes/ServiceAccount/shop/shop" }).click();
  await page.locator("#pane-inventory details[open] dd", { hasText: "?" }).first().waitFor();
  await page.getByRole("tab", { name: "Facts" }).click();
  await page.locator("#pane-facts summary", { hasText: "units" }).click();
  await page.locator("#pane-facts summary", { hasText: /^0/ }).click();
  await page.locator("#pane-facts summary", { hasText: /^contexts/ }).waitFor();

  // A policy that is wrong says so, where it is wrong, and what was found before stays.
  await page.getByRole("tab", { name: "Findings" }).click();
  await page.getByRole("tab", { name: "hallpass.toml" }).click();
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText("\ncloud-sesion = 1\n");
  await page.locator(".trouble", { hasText: "cloud-sesion" }).waitFor();
  assert.ok((await underlined(page)).some((one) => one.includes("cloud-sesion")), "the error of the policy has no place");
  assert.ok((await list(page).count()) > 0, "with the policy, the findings went");
  await page.keyboard.press("Control+z");
  await page.locator(".trouble").waitFor({ state: "detached" });

  // Names that mean something to JavaScript are names: such a file is checked, and gone when it is taken away.
  const checked = async () => Number(/(\d+) files? checked/.exec(await page.locator("#status").innerText())?.[1]);
  const count = await checked();
  for (const name of ["__proto__", "constructor"]) {
    await addFile(page, name, "just words");
    await page.locator("#status", { hasText: `${count + 1} files checked` }).waitFor();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.locator("#status", { hasText: `${count} files checked` }).waitFor();
  }

  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys().catch(() => [])).length]);
  assert.deepEqual(kept, [0, 0, "", 0, 0], "the page stored something");
  assert.match(page.url().slice(origin.length), /^\/(#rule\/[\w/-]+)?$/, "the address holds something of the text");
  assert.equal(await page.evaluate(() => window.hostile), undefined, "a message ran");
  await end();
}

/** Everything without a mouse. */
async function keyboard() {
  const { page, end } = await open(`${origin}/`);
  const reached = new Set();
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.closest("[id]")?.id));
  }
  for (const wanted of ["files-tabs", "add", "name", "remove", "editor", "pane-tabs", "fix-all", "pane-findings"]) {
    assert.ok(reached.has(wanted), `Tab never reaches #${wanted}: ${[...reached]}`);
  }
  await page.getByRole("tab", { name: ".github/workflows/deploy.yml" }).focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#name").inputValue(), "infra/main.tf");
  const place = entry(page, "scope/admin-grant", "k8s/shop.yaml").locator(".head .place");
  await place.focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#name").inputValue(), "k8s/shop.yaml");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "editor", "the finding's place takes nobody to the editor");
  await entry(page, "scope/admin-grant", "k8s/shop.yaml").getByRole("link").focus();
  await page.keyboard.press("Enter");
  await page.locator("#rule-page").getByRole("heading", { name: "How to fix" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "pane-rule", "a rule's link takes nobody to its page");
  await end();
}

/** A module that traps is replaced, and the page says so. */
async function traps() {
  // The module cannot be made to trap from outside, so the way into it, which texts take that are not ASCII, throws what a
  // trap throws.
  const trap = `for (const name of ["encode", "encodeInto"]) {
    const real = TextEncoder.prototype[name];
    TextEncoder.prototype[name] = function (text, ...rest) {
      if (text?.includes("trap now")) throw new WebAssembly.RuntimeError("unreachable");
      return real.call(this, text, ...rest);
    };
  }`;
  const { page, end } = await open(`${origin}/`, {}, (page) =>
    page.addInitScript((trap) => {
      const real = URL.createObjectURL;
      URL.createObjectURL = (blob) => real.call(URL, blob.type === "text/javascript" ? new Blob([trap, "\n", blob], { type: blob.type }) : blob);
    }, trap),
  );
  const count = await list(page).count();
  await page.locator(".cm-content").focus();
  await page.keyboard.insertText("# é trap now\n");
  await page.getByRole("alert").filter({ hasText: "started again" }).waitFor();
  assert.equal(await list(page).count(), count, "with the worker, the findings went");
  await page.keyboard.press("Control+z");
  await page.keyboard.insertText("# no more\n");
  await entry(page, "scope/admin-grant", ".github/workflows/deploy.yml:7:").waitFor();
  await page.getByRole("alert").filter({ hasText: "started again" }).waitFor({ state: "detached" });
  await end();
}

/** Of more findings than anybody reads, the gravest are listed and the rest is counted. */
async function many() {
  const { page, end } = await open(`${origin}/`);
  const step = (n) => `      - { name: "é ${n}", uses: acme/announce@v2, with: { webhook: "\${{ secrets.ANNOUNCE_WEBHOOK }}" } }\n`;
  const text = WORKFLOW + Array.from({ length: 400 }, (_, n) => step(n)).join("");
  await addFile(page, ".github/workflows/many.yml", "");
  await page.locator(".cm-content").evaluate((content, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    content.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  await page.locator(".remarks", { hasText: /\d+ more are not listed/ }).waitFor();
  const severities = await list(page).evaluateAll((entries) => entries.map((one) => one.dataset.severity));
  assert.deepEqual([...new Set(severities)], ["high"], "graver findings are left out for lighter ones");
  await end();
}

/** The page's policy, not only its code, keeps texts in the tab and markup out of it. */
async function policy() {
  const { page } = await open(`${origin}/`);
  const tries = {
    fetch: () => fetch(location.href).then(() => "done", () => "refused"),
    image: () => new Promise((done) => Object.assign(new Image(), { onload: () => done("done"), onerror: () => done("refused"), src: "/picture" })),
    markup: () => { try { document.body.innerHTML = "<p>"; return "done"; } catch { return "refused"; } },
    script: () => { try { document.body.append(Object.assign(document.createElement("script"), { text: "window.ran = true" })); return window.ran ? "done" : "refused"; } catch { return "refused"; } },
  };
  for (const [what, attempt] of Object.entries(tries)) assert.equal(await page.evaluate(attempt), "refused", `the policy allows ${what}`);
  await page.context().close();
}

/** The same page from a folder, without a server. */
async function fromFolder() {
  const { page, end } = await open(pathToFileURL(dist).href);
  assert.ok((await list(page).count()) > 3, "from a folder the page finds nothing");
  await end();
}

async function pictures(file) {
  const wide = await open(`${origin}/`, { colorScheme: "light" });
  await wide.page.locator(".cm-lintRange", { hasText: "ACCESS_KEY_ID" }).first().hover();
  await wide.page.locator(".cm-tooltip").waitFor();
  await wide.page.screenshot({ path: file });
  await wide.end();
  const narrow = await open(`${origin}/`, { colorScheme: "dark", viewport: { width: 400, height: 800 } });
  await narrow.page.screenshot({ path: file.replace(/(\.\w+)$/, "-narrow$1"), fullPage: true });
  await narrow.end();
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  await edits();
  await keyboard();
  await traps();
  await policy();
  await many();
  await fromFolder();
  if (screenshot) await pictures(screenshot);
  console.log("playground: squiggles, list, pages, fixes, waivers, facts, inventory, keyboard, a trap, the policy and file:// as expected");
} finally {
  await browser.close();
  server.close();
}
