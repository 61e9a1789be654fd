// Makes dist/index.html, one file with all that it needs: so it works from a folder as from any server, and its policy can
// forbid every connection. JS_PACKAGE is the folder of the built packages (`node/` and `web/`).
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const packages = resolve(process.env.JS_PACKAGE ?? join(here, "../../plugin/pkg"));
const read = (name) => readFileSync(join(here, name), "utf8");

async function script(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    loader: { ".txt": "text" },
    alias: { "hallpass-web": join(packages, "web/hallpass.js") },
    // The package can look for its module beside itself; here it is handed the bytes.
    define: { "import.meta.url": '""' },
  });
  const text = outputFiles[0].text;
  // What would end a script element, or begin a comment in it, changes what the browser reads.
  if (/<\/script|<!--/i.test(text)) throw new Error(`${entry}: its script cannot stand in a page as it is`);
  return text;
}

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const style = (await transform(read("style.css"), { loader: "css", minify: true })).code.trim();
const [page, worker] = await Promise.all([script("src/page.ts"), script("src/worker/worker.ts")]);
const module = gzipSync(readFileSync(join(packages, "web/hallpass_bg.wasm")), { level: 9 }).toString("base64");

const policy = [
  "default-src 'none'",
  `script-src ${digest(page)} 'wasm-unsafe-eval'`,
  `style-src ${digest(style)}`,
  "worker-src blob:",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types worker",
].join("; ");

const parts = { policy, style, module, worker, page };
const made = read("index.html").replace(/\{\{(\w+)\}\}/g, (_, part) => parts[part]);
mkdirSync(join(here, "dist"), { recursive: true });
writeFileSync(join(here, "dist/index.html"), made);
console.log(`dist/index.html: ${(made.length / 1e6).toFixed(1)} MB, of them ${(module.length / 1e6).toFixed(1)} MB the rules`);
