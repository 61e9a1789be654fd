// The extension in the web build of VS Code, in the Chromium of the system, used as a person does: no network.
// It wants `npm run build` in examples/vscode. `node tests/editors/vscode.mjs [--screenshot FILE]`
// CHROMIUM is the browser, `/usr/bin/chromium` unless set; HEADED=1 shows it.

import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { awsKey } from "./secrets.mjs";
import { serve } from "./served.mjs";

const { values: options } = parseArgs({ options: { screenshot: { type: "string" } } });
const STEP = Number(process.env.STEP ?? 60_000);

const WORKFLOW = `name: deploy
on:
  push:
    branches: [main]
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-24.04
    environment: production
    permissions:
      contents: read
    steps:
      - { name: "Déploiement 🎉", run: make deploy, env: { ACTIONS_STEP_DEBUG: true } }
      - run: make upload # été 🚀
        env: { AWS_REGION: eu-central-1, AWS_ACCESS_KEY_ID: ${awsKey()} }
`;
const ROLE = `# Für den Shop
resource "aws_iam_role" "deploy" {
  name                 = "shop-deploy"
  max_session_duration = 43200
  assume_role_policy   = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } }]
  })
}

resource "aws_iam_user" "robot" {
  name = "shop-robot"
  tags = { owner = "team-payments", purpose = "uploads releases" }
}

resource "aws_iam_access_key" "robot" {
  user = aws_iam_user.robot.name
}
`;

const { url, close } = await serve({
  folder: "/my shop",
  files: { "/my shop/.github/workflows/deploy.yml": WORKFLOW, "/my shop/infra of us/role é.tf": ROLE },
  settings: {
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
    "workbench.layoutControl.enabled": false,
    "window.commandCenter": false,
    "security.workspace.trust.enabled": false,
    "telemetry.telemetryLevel": "off",
    "editor.minimap.enabled": false,
    "editor.hover.delay": 100,
    "files.autoSave": "off",
    "workbench.colorTheme": "Default Light Modern",
  },
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: !process.env.HEADED,
  args: ["--no-sandbox"],
});
const context = await browser.newContext({ viewport: { width: 1180, height: 700 } });
const page = await context.newPage();
page.setDefaultTimeout(STEP);
const asked = [];
page.on("request", (request) => asked.push(request.url()));
if (process.env.VERBOSE) page.on("console", (message) => console.error(message.text()));


/** Does a step, and says so. */
async function step(what, does) {
  try {
    await does();
    console.log(`ok: ${what}`);
  } catch (error) {
    if (options.screenshot) await page.screenshot({ path: options.screenshot });
    console.error(`not ok: ${what}`);
    throw error;
  }
}

/** Waits until something holds. */
async function until(is, what) {
  const end = Date.now() + STEP;
  let last;
  while (Date.now() < end) {
    last = await is();
    if (last) return last;
    await page.waitForTimeout(100);
  }
  throw new Error(`never: ${what}`);
}

async function open(file) {
  await page.keyboard.press("Control+P");
  await page.locator(".quick-input-widget input[role='combobox']").fill(file);
  await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: file }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".tab.active", { hasText: file }).waitFor();
}

async function command(name) {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input[role='combobox']").fill(`>${name}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().click();
}

/** Takes one of the actions for a place, with the keyboard: over the menu, the mouse is blocked at first. */
async function act({ x, y }, title) {
  const rows = page.locator(".action-widget .monaco-list-row.action");
  const wanted = rows.filter({ hasText: title });
  // A menu that opens while the workbench still moves its focus is closed at once: whoever sees that opens it again.
  await until(async () => {
    await page.keyboard.press("Escape");
    await page.mouse.click(x, y);
    await page.keyboard.press("Control+.");
    return wanted.waitFor({ timeout: 5_000 }).then(() => true, () => false);
  }, `an action ${title}`);
  const focused = page.locator(".action-widget .monaco-list-row.focused");
  for (let tries = await rows.count(); !(await focused.innerText()).includes(title); tries -= 1) {
    assert.ok(tries > 0, `${title} cannot be reached`);
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
}

/** The texts under squiggles, measured on the screen, and where each is. */
const underlined = () =>
  page.evaluate(() => {
    const characters = [];
    for (const line of document.querySelectorAll(".editor-instance .view-line")) {
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const units = [...walker.currentNode.data];
        let at = 0;
        for (const unit of units) {
          const range = document.createRange();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + unit.length);
          at += unit.length;
          characters.push({ unit, box: range.getBoundingClientRect() });
        }
      }
    }
    return [...document.querySelectorAll(".editor-instance [class*='squiggly-']")].map((squiggle) => {
      const { left, right, top, height } = squiggle.getBoundingClientRect();
      const inside = characters.filter(({ box }) => {
        const middle = (box.left + box.right) / 2;
        const level = (box.top + box.bottom) / 2;
        return middle > left && middle < right && level > top && level < top + height;
      });
      return { text: inside.map(({ unit }) => unit).join("").replaceAll("\u00a0", " "), x: left + 4, y: top + height / 2 };
    });
  });

const squiggle = (text) => until(async () => (await underlined()).find((found) => found.text === text), `a squiggle under ${text}`);
const content = () => page.locator(".editor-instance .view-lines").first().innerText().then((text) => text.replaceAll("\u00a0", " "));
const problems = page.locator(".markers-panel .monaco-list-row");

try {
  await step("the workbench opens a folder whose name has a space", async () => {
    await page.goto(url);
    await page.locator(".monaco-workbench").waitFor();
    await page.locator(".explorer-folders-view .monaco-list-row", { hasText: "infra of us" }).waitFor();
  });

  await step("what is wrong in files that nobody opened is among the problems", async () => {
    await command("View: Toggle Problems");
    await problems.filter({ hasText: "lifetime/above-ceiling" }).first().waitFor();
    await problems.filter({ hasText: "governance/debug-trace" }).first().waitFor();
  });

  await step("a squiggle is under the right text, behind é and an emoji", async () => {
    await open("deploy.yml");
    await squiggle("true");
  });

  await step("a hover says what, why and by which rule", async () => {
    const { x, y } = await squiggle("true");
    await page.mouse.move(x, y);
    const hover = page.locator(".monaco-hover:visible");
    for (const said of ["debug tracing is on", "governance/debug-trace", "Masking hides the values"]) await hover.filter({ hasText: said }).first().waitFor();
    assert.equal((await hover.first().innerText()).split("debug tracing is on").length, 2, "the message is shown once");
    await page.mouse.move(5, 5);
  });

  await step("a quick fix changes the text, and the problem is gone", async () => {
    await act(await squiggle("true"), "set ACTIONS_STEP_DEBUG to false");
    await until(async () => (await content()).includes("ACTIONS_STEP_DEBUG: false"), "the text is changed");
    await problems.filter({ hasText: "governance/debug-trace" }).first().waitFor({ state: "detached" });
  });

  await step("typing brings a problem, and undoing it takes it away", async () => {
    await page.keyboard.press("Control+Z");
    await squiggle("true");
  });

  await step("a waiver asks who, why and until when, and the problem is gone", async () => {
    await act(await squiggle("true"), "waive governance/debug-trace");
    for (const [question, answer] of [["Who answers", "team-x"], ["Why", "TICKET-1"], ["Until which day", ""]]) {
      const box = page.locator(".quick-input-widget", { hasText: question });
      await box.waitFor();
      if (answer) await box.locator("input.input").fill(answer);
      await page.keyboard.press("Enter");
    }
    await until(async () => /hallpass: allow\(governance\/debug-trace\) .*team-x/.test(await content()), "the waiver is written");
    await problems.filter({ hasText: "governance/debug-trace" }).first().waitFor({ state: "detached" });
    await page.keyboard.press("Control+Z");
    await squiggle("true");
  });

  await step("a folder and a file with odd names", async () => {
    await open("role é.tf");
    await squiggle("43200");
  });

  await step("the inventory says who is there, and leads to the place", async () => {
    await page.locator(".activitybar .action-item a[aria-label='hallpass']").click();
    const rows = page.locator(".pane-body .monaco-list-row");
    await rows.filter({ hasText: "Identities" }).waitFor();
    await open("deploy.yml");
    await rows.filter({ hasText: "shop-deploy" }).first().click();
    await page.locator(".tab.active", { hasText: "role é.tf" }).waitFor();
  });

  await step("a rule's page opens", async () => {
    await open("deploy.yml");
    await act(await squiggle("true"), "explain governance/debug-trace");
    await page.locator(".tab.active", { hasText: "debug-trace.md" }).waitFor();
    await until(async () => {
      const texts = await Promise.all(page.frames().map((frame) => frame.locator("body").innerText({ timeout: 1000 }).catch(() => "")));
      return texts.some((text) => text.includes("Why it matters"));
    }, "the page is shown");
  });

  await step("a restart forgets everything and finds it again", async () => {
    await command("hallpass: Restart");
    await until(async () => (await problems.count()) === 0, "everything is forgotten");
    await problems.filter({ hasText: "lifetime/above-ceiling" }).first().waitFor();
  });

  await step("nothing was asked of any other host", async () => {
    const others = asked.filter((address) => /^(?:https?|wss?):/.test(address) && !/^(?:localhost|[^/]*\.localhost)$/.test(new URL(address).hostname));
    assert.deepEqual(others, []);
  });

  if (options.screenshot) {
    await command("View: Close All Editors");
    await open("role é.tf");
    const rows = page.locator(".pane-body .monaco-list-row");
    await rows.filter({ hasText: "shop-robot" }).first().locator(".monaco-tl-twistie").click();
    const { x, y } = await squiggle("43200");
    await page.mouse.move(x, y);
    await page.locator(".monaco-hover:visible", { hasText: "lifetime/above-ceiling" }).first().waitFor();
    await page.waitForTimeout(500);
    await page.screenshot({ path: options.screenshot });
  }
} finally {
  await browser.close();
  close();
}
