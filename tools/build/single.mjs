// Bundles the modules of the site into one script. node single.mjs SITE SCRIPTS ASKED OUT
//
// SITE is the folder of the site; SCRIPTS the modules that the page starts, in order, and ASKED those that the program
// asks for while it runs: JSON lists of paths in SITE. The script goes to OUT. No `import` is left in it, so a
// Content-Security-Policy can allow it by its hash, and nothing else.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [site, scripts, asked, out] = process.argv.slice(2);
const quoted = (/** @type {string} */ list) =>
  /** @type {string[]} */ (JSON.parse(list)).map((path) => JSON.stringify(`./${path}`));
const entry = [
  `import { modules } from ${JSON.stringify(fileURLToPath(new URL("copy.js", import.meta.url)))};`,
  ...quoted(asked).map((path) => `modules.set(new URL(${path}, document.baseURI).href, await import(${path}));`),
  ...quoted(scripts).map((path) => `await import(${path});`),
].join("\n");

// In a namespace of its own, so that no package.json above the site has a say in what a module is.
const namespace = "site";
/** @type {import("esbuild").Plugin} */
const places = {
  name: "places",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path, resolveDir }) => {
      const found = resolve(resolveDir, path);
      // PyScript's plug-ins and Node's modules are not on the site: nothing asks for them in a browser.
      const inside = kind !== "dynamic-import" || existsSync(found);
      return inside ? { path: relative(site, found), namespace } : { path, external: true };
    });
    // A module knows where it was on the site: from there it names what it asks for.
    onLoad({ filter: /./, namespace }, async ({ path }) => {
      const file = resolve(site, path);
      const place = `new URL(${JSON.stringify(path)}, document.baseURI).href`;
      const contents = (await readFile(file, "utf8")).replaceAll("import.meta.url", place);
      return { contents, resolveDir: dirname(file) };
    });
  },
};

const { outputFiles } = await build({
  stdin: { contents: entry, resolveDir: site },
  absWorkingDir: site,
  bundle: true,
  write: false,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  minifySyntax: true,
  minifyWhitespace: true,
  // What is left of `import()` becomes `require()`, which copy.js answers.
  supported: { "dynamic-import": false },
  plugins: [places],
  logLevel: "warning",
  logOverride: { "commonjs-variable-in-esm": "silent", "direct-eval": "silent" }, // Pyodide's, for what no page does
});
await writeFile(out, outputFiles[0].contents);
