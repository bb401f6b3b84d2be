// Begins Python in a worker, imports what the page had imported, and keeps the memory: static/memory.js begins with it.
import { loadPyodide } from "../vendor/pyodide/pyodide.mjs";

// What is bound to a page, and what is in the memory in any case.
const NOT_HERE = /^(__main__|js|pyodide_js|_?pyscript|polyscript|app\.browser)(\.|$)/;

// A module that cannot be imported here is imported by the page. Nothing but modules is left behind.
const RECALL = (/** @type {string[]} */ names) => `
def recall(names):
    import importlib, sys
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            pass
    for finder in sys.path_importer_cache.values():
        if hasattr(finder, "invalidate_caches"):
            finder.invalidate_caches()  # the page lays its files anew
recall(${JSON.stringify(names)})
del recall
`;

onmessage = ({ data }) =>
  remember(data)
    .catch(() => {}) // the next visit begins as the first did
    .finally(close);

/** @param {{ cache: string, address: string, modules: string[] }} asked */
async function remember({ cache, address, modules }) {
  const indexURL = new URL("../vendor/pyodide/", import.meta.url).href;
  const python = await loadPyodide({ indexURL, _makeSnapshot: true });
  const app = await fetch(new URL("./app.zip", import.meta.url).href);
  python.unpackArchive(await app.arrayBuffer(), "zip");
  python.runPython(RECALL(modules.filter((name) => !NOT_HERE.test(name))));
  const memory = /** @type {Uint8Array<ArrayBuffer>} */ (python.makeMemorySnapshot());
  await caches.delete(cache); // with those of other versions
  await (await caches.open(cache)).put(address, new Response(memory));
}
