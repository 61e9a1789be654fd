// What the extension takes for ignored is what Git takes for ignored. It wants `npm ci` in examples/vscode, and git.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "../../examples/vscode/node_modules/esbuild/lib/main.js";

const source = fileURLToPath(new URL("../../examples/vscode/src/client/ignored.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [source], bundle: true, write: false, format: "esm" });
const { Ignored } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

/** The paths that git takes for ignored, with these files. */
function git(texts, paths) {
  const folder = mkdtempSync(join(tmpdir(), "ignored-"));
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const options = { cwd: folder, input: paths.join("\0"), encoding: "utf8", env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" }, stdio: ["pipe", "pipe", "ignore"] };
  let out = "";
  try {
    out = execFileSync("git", ["check-ignore", "--no-index", "--stdin", "-z"], options);
  } catch (error) {
    // None is ignored.
    if (error.status !== 1) throw error;
  }
  rmSync(folder, { recursive: true });
  return out.split("\0").filter(Boolean);
}

test("patterns as people write them", () => {
  const texts = {
    ".gitignore": "# build\ntarget/\n/dist\n*.log\n!keep.log\n**/tmp/**\ndocs/**/out\nfile[0-9].yml\nfile[!a].txt\n\\#odd\nspace \na?b\n",
    "sub/.gitignore": "!*.log\n/only\nx/y\n",
  };
  const paths = [
    "target/a.yml", "sub/target/b.yml", "target.yml", "dist/x", "sub/dist/x", "a.log", "keep.log", "sub/a.log", "q/tmp/a", "tmp",
    "docs/out/a", "docs/a/b/out/c", "docs/outer", "file1.yml", "filex.yml", "fileb.txt", "filea.txt", "#odd", "space", "aab",
    "sub/only", "sub/deep/only", "only", "sub/x/y", "sub/z/x/y", "é 🎉/target/x", "target",
  ];
  assert.deepEqual(paths.filter((path) => new Ignored(texts).has(path)), git(texts, paths));
});

test("patterns that nobody writes", () => {
  // The same each time.
  let seed = 20300101;
  const next = (count) => (seed = (seed * 1103515245 + 12345) % 2147483648) % count;
  const some = (all, most) => Array.from({ length: 1 + next(most) }, () => all[next(all.length)]).join("");
  // (What `**` is within a name, Git's own pages leave open.)
  const name = () => (next(4) === 0 ? "**" : some(["a", "b", "*", "?", "[ab]", "[!a]", "."], 3).replaceAll("**", "*"));
  const pattern = () => ["!", "", "", "", ""][next(5)] + ["/", "", ""][next(3)] + Array.from({ length: 1 + next(3) }, name).join("/") + ["/", "", ""][next(3)];
  const patterns = Array.from({ length: Number(process.env.PATTERNS ?? 60) }, pattern);
  const paths = [...new Set(Array.from({ length: 400 }, () => Array.from({ length: 1 + next(4) }, () => some(["a", "b", ".", "c"], 3)).join("/")))].filter(
    // `a` is a folder there.
    (path) => path !== "a" && !path.split("/").some((name) => /^\.*$/.test(name)),
  );
  for (let at = 0; at < patterns.length; at += 3) {
    const texts = { ".gitignore": `${patterns.slice(at, at + 3).join("\n")}\n`, "a/.gitignore": `${patterns[at]}\n` };
    assert.deepEqual(paths.filter((path) => new Ignored(texts).has(path)), git(texts, paths), JSON.stringify(texts));
  }
});

test("no pattern takes long", { timeout: 10_000 }, () => {
  const texts = { ".gitignore": `${"*a".repeat(200)}b\n${"**/a/".repeat(200)}b\n` };
  assert.equal(new Ignored(texts).has(`${"a/".repeat(200)}${"a".repeat(2000)}`), false);
});
