// Bundles: the extension and its server, each for the desktop and for the web; and the module beside them.
// JS_PACKAGE is the folder of the built JavaScript package (`node/`, `web/`).
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const web = join(process.env["JS_PACKAGE"] ?? join(here, "../../plugin/pkg"), "web");

/**
 * The package as a function that makes it anew: it keeps its one WebAssembly instance in variables of its module, and after
 * a trap a server needs another instance.
 */
const asFunction = {
  name: "hallpass-package",
  setup(build_) {
    build_.onResolve({ filter: /^hallpass-package$/ }, () => ({ path: "package", namespace: "hallpass" }));
    build_.onLoad({ filter: /.*/, namespace: "hallpass" }, async () => {
      const made = await build({
        entryPoints: [join(web, "hallpass.js")],
        bundle: true,
        write: false,
        format: "cjs",
        // Where the module is, is never asked of the package: it is handed over.
        define: { "import.meta.url": '"module:"' },
      });
      const text = made.outputFiles[0].text;
      return { contents: `export default function load() {\nconst module = { exports: {} };\n${text}\nreturn module.exports;\n}` };
    });
  },
};

const common = { absWorkingDir: here, bundle: true, metafile: true, minify: true, target: "es2022", logLevel: "warning", legalComments: "none", plugins: [asFunction] };
const out = (name) => join(here, "dist", name);
const src = (name) => join(here, "src", name);
const desktop = { ...common, platform: "node", format: "cjs", target: "node20", mainFields: ["module", "main"] };

if (!existsSync(join(web, "hallpass.js"))) {
  console.error(`there is no package in ${web}: build it with \`cargo run --release --manifest-path plugin/js/Cargo.toml\`, or set JS_PACKAGE`);
  process.exit(1);
}
await rm(out("."), { recursive: true, force: true });
await mkdir(out("."), { recursive: true });
const made = await Promise.all([
  build({ ...desktop, entryPoints: [src("desktop.ts")], outfile: out("desktop.js"), external: ["vscode"] }),
  build({ ...common, platform: "browser", format: "cjs", entryPoints: [src("web.ts")], outfile: out("web.js"), external: ["vscode"] }),
  build({ ...desktop, entryPoints: [src("server/node.ts")], outfile: out("server-node.js") }),
  build({ ...common, platform: "browser", format: "iife", entryPoints: [src("server/web.ts")], outfile: out("server-web.js") }),
]);
await copyFile(join(web, "hallpass_bg.wasm"), out("hallpass_bg.wasm"));
// What is packed holds its licence, and those of what it is made of.
await copyFile(join(here, "../../LICENSE"), join(here, "LICENSE"));
await writeFile(out("NOTICES.txt"), await notices(made.flatMap(({ metafile }) => Object.keys(metafile.inputs))));

/** The licences of the packages that files are of. */
async function notices(files) {
  const folders = new Set(files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean));
  const texts = [...folders].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const file = (await readdir(join(here, folder))).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? await readFile(join(here, folder, file), "utf8") : ""}`;
  });
  return (await Promise.all(texts)).join("\n----\n\n");
}
