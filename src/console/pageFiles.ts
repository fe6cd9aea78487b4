import { readFile } from "node:fs/promises";

/** The static files of the page, by name. They lie beside this module, in src and in dist alike. */
export interface PageFiles {
  read(name: string): Promise<{ readonly content: string; readonly type: string } | undefined>;
}

/** A closed list: no path of a request ever reaches the file system. */
const FILES: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "overview.js": "text/javascript; charset=utf-8",
  "pipelines.js": "text/javascript; charset=utf-8",
  "tables.js": "text/javascript; charset=utf-8",
  "tours.js": "text/javascript; charset=utf-8",
  "tree.js": "text/javascript; charset=utf-8",
  "treeFocus.js": "text/javascript; charset=utf-8",
  "dom.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

export function createPageFiles(): PageFiles {
  const directory = new URL("./page/", import.meta.url);
  return {
    async read(name) {
      const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
      if (type === undefined) return undefined;
      return { content: await readFile(new URL(name, directory), "utf8"), type };
    },
  };
}
