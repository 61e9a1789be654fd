// What the user wants, as `package.json` describes it.

import { workspace } from "vscode";
import type { Settings } from "../protocol";

export interface Wishes {
  server: "auto" | "wasm" | "binary";
  /** The binary; empty: that of the search path. */
  path: string;
  /** Which files are checked besides those that are open. */
  files: "auto" | "all" | "relevant" | "none";
  /** Most files of a folder that are handed to the server. */
  most: number;
  /** What the server is told. */
  told: Settings;
}

export function wishes(environmentKey: string | undefined): Wishes {
  const configuration = workspace.getConfiguration("hallpass");
  const text = (name: string) => configuration.get<string>(name, "").trim();
  const key = text("key") || environmentKey;
  const owner = text("owner");
  return {
    server: configuration.get<Wishes["server"]>("server", "auto"),
    path: text("path"),
    files: configuration.get<Wishes["files"]>("files.checked", "auto"),
    most: configuration.get<number>("files.most", 5000),
    told: {
      preview: configuration.get<boolean>("preview", false),
      ...(owner ? { owner } : {}),
      ...(key ? { key } : {}),
    },
  };
}
