// The JavaScript package in what people use: Node both ways, three bundlers, and a module worker without any. Each checks
// one small file and has to find what Node finds.
// usage: [JS_PACKAGE=FOLDER] node tests/editors/bundlers/bundlers.mjs   (FOLDER is the package)
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";
import * as vite from "vite";
import webpack from "webpack";

const here = dirname(fileURLToPath(import.meta.url));
const packages = resolve(process.env.JS_PACKAGE ?? join(here, "../../../plugin/pkg"));

const PATH = ".github/workflows/déploy.yml";
const TEXT = `# Grüße 🎉
on: push
permissions: write-all
jobs:
  ship:
    runs-on: ubuntu-24.04
    steps:
      - { name: "é 🚀", uses: acme/announce@v2, with: { webhook: "\${{ secrets.ANNOUNCE_WEBHOOK }}" } }
`;
// The day is given, so that midnight is no reason to differ.
const CALL = `check(${JSON.stringify(PATH)}, ${JSON.stringify(TEXT)}, { today: "2026-11-01", offsets: "utf-16" })`;
const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>`;

const work = mkdtempSync(join(tmpdir(), "hallpass-bundlers-"));
// As it lies in a project that installed it.
mkdirSync(join(work, "node_modules"));
cpSync(packages, join(work, "node_modules/hallpass"), { recursive: true });

function put(name, text) {
  mkdirSync(dirname(join(work, name)), { recursive: true });
  writeFileSync(join(work, name), text);
}

/** What a script prints, as JSON, in a Node of its own. */
function node(name, script) {
  put(name, script);
  return JSON.parse(execFileSync(process.execPath, [join(work, name)], { encoding: "utf8" }));
}

/** The app, given how it comes to the module: `module` is what `init` takes. */
const app = (module) => `import init, { check } from "hallpass";\n${module}\nawait init({ module_or_path: module });\nglobalThis.answer = ${CALL};\n`;

/** Each way to a page: makes a folder below `work` with `index.html`, and says its name. */
const pages = {
  async esbuild() {
    // As bytes in the script. They are too many for `initSync` in a page of Chromium, which compiles at most 8 MB at once
    // there.
    put("esbuild/app.js", app(`import module from "hallpass/hallpass_bg.wasm";`));
    await esbuild.build({
      entryPoints: [join(work, "esbuild/app.js")],
      outfile: join(work, "esbuild/out/main.js"),
      bundle: true,
      format: "esm",
      loader: { ".wasm": "binary" },
      logLevel: "error",
    });
    put("esbuild/out/index.html", PAGE);
    return "esbuild/out";
  },
  async vite() {
    put("vite/index.html", PAGE);
    // Which finds the module that the package names.
    put("vite/main.js", `import init, { check } from "hallpass";\nawait init();\nglobalThis.answer = ${CALL};\n`);
    await vite.build({ root: join(work, "vite"), base: "./", build: { outDir: "out", target: "es2022" }, logLevel: "error", configFile: false });
    return "vite/out";
  },
  async webpack() {
    put("webpack/main.js", app(`const module = new URL("hallpass/hallpass_bg.wasm", import.meta.url);`));
    const config = { mode: "production", context: join(work, "webpack"), entry: "./main.js", output: { path: join(work, "webpack/out"), filename: "main.js" }, performance: false };
    const stats = await new Promise((done, fail) => webpack(config, (error, stats) => (error ? fail(error) : done(stats))));
    assert.ok(!stats.hasErrors(), stats.toString("errors-only"));
    put("webpack/out/index.html", PAGE);
    return "webpack/out";
  },
  async "module worker"() {
    cpSync(join(packages, "web"), join(work, "worker/package"), { recursive: true });
    put("worker/worker.js", `import init, { check } from "./package/hallpass.js";\nawait init();\npostMessage(${CALL});\n`);
    put("worker/main.js", `new Worker("./worker.js", { type: "module" }).onmessage = ({ data }) => (globalThis.answer = data);\n`);
    put("worker/index.html", PAGE);
    return "worker";
  },
};

const KINDS = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, "http://host").pathname).replace(/\/$/, "/index.html");
  const file = join(work, path);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": KINDS[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
});

try {
  const wanted = node("require.cjs", `const { check } = require("hallpass"); console.log(JSON.stringify(${CALL}));`);
  const rules = wanted.findings.map(({ rule }) => rule);
  assert.deepEqual([...new Set(rules)].sort(), ["scope/admin-grant", "third-party/unpinned-with-credential"], "Node finds something else");
  const texts = wanted.findings.map(({ span }) => TEXT.slice(span.start, span.end));
  assert.ok(texts.includes("acme/announce@v2"), `offsets are not those of the string: ${texts}`);
  console.log("node, require: as expected");
  assert.deepEqual(node("import.mjs", `import { check } from "hallpass"; console.log(JSON.stringify(${CALL}));`), wanted, "node, import");
  console.log("node, import: as expected");

  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    for (const [way, make] of Object.entries(pages)) {
      const folder = await make();
      const page = await browser.newPage();
      const complaints = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await page.goto(`http://127.0.0.1:${server.address().port}/${folder}/`);
      await page.waitForFunction(() => globalThis.answer !== undefined).catch((error) => assert.fail(`${way}: ${[...complaints, error]}`));
      assert.deepEqual(await page.evaluate(() => JSON.parse(JSON.stringify(globalThis.answer))), wanted, way);
      console.log(`${way}: as expected`);
      await page.close();
    }
  } finally {
    await browser.close();
  }
} finally {
  server.close();
  rmSync(work, { recursive: true, force: true });
}
