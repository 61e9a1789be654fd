// A conversation as people see it: the Markdown that a test wrote, as a page, in a picture.
// usage: node page.mjs CONVERSATION.md PICTURE.png   (CHROMIUM names the browser)
import { readFileSync } from "node:fs";
import { marked } from "marked";
import { chromium } from "playwright-core";

const [, , source, picture] = process.argv;
const html = marked.parse(readFileSync(source, "utf8"), { gfm: true });
const style = `body{font:14px/1.5 system-ui,sans-serif;max-width:860px;margin:24px auto;padding:0 16px;color:#1f2328}
code{background:#818b981f;padding:.15em .35em;border-radius:5px;font-size:85%}pre{background:#f6f8fa;padding:10px;border-radius:6px;overflow:auto}
pre code{background:none;padding:0}table{border-collapse:collapse}td,th{border:1px solid #d1d9e0;padding:5px 10px;text-align:left;vertical-align:top}
h2,h3{border-bottom:1px solid #d1d9e0b3;padding-bottom:.3em}blockquote{border-left:3px solid #d1d9e0;margin:0;padding:0 12px}sub{color:#59636e;font-size:12px;vertical-align:baseline}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 920, height: 600 } });
await page.setContent(`<!doctype html><meta charset="utf-8"><style>${style}</style>${html}`);
await page.screenshot({ path: picture, fullPage: true });
await browser.close();
