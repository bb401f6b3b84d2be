// Python's memory as it was once begun, kept for the next visit: there Python need not begin, nor import, anew.
//
// A page that was kept whole (static/sw.js) has a worker of its own begin Python once more (static/remember.js), when all
// is done, and keep that memory. A later page begins with it. It holds nothing that was typed: the page's own Python is
// not looked into. It is of these very files and this very browser, by its address; whatever is amiss with it, it is
// thrown away, and Python begins as on a first visit, when nothing of this is fetched, kept or waited for.
import { workers } from "./storage.js";

const CACHE = `memory ${new URL("./", document.baseURI).href}`; // not as sw.js calls its own
const MEMORY = `${new URL("./memory", import.meta.url).href}?${encodeURIComponent(navigator.userAgent)}`;
const TAKEN = `${MEMORY}&taken`; // noted until the page is ready: what ends a page before that is not taken again
const SETTLED_MS = 3000;

const root = document.documentElement;
const possible = () => Boolean(workers()?.controller);
let wanted = false; // whether a memory is to be made
let begun = false; // whether this page took one

/** @returns {Promise<ArrayBuffer | undefined>} the memory, if there is one to begin with */
export async function recall() {
  if (!possible()) return undefined;
  try {
    const [held, taken] = await Promise.all([MEMORY, TAKEN].map((address) => caches.match(address, { cacheName: CACHE })));
    wanted = !held || Boolean(taken);
    if (!held) return undefined;
    if (taken) return await forget();
    begun = true;
    (await caches.open(CACHE)).put(TAKEN, new Response()).catch(() => {});
    return await held.arrayBuffer();
  } catch {
    return await forget();
  }
}

/** @returns {Promise<undefined>} */
export async function forget() {
  begun = false;
  try {
    await caches.delete(CACHE);
  } catch {} // where nothing may be kept, there is nothing
}

/** Have the memory of a Python that has imported these modules kept for the next visit, once this page rests. */
export function remember(/** @type {() => string[]} */ imported) {
  const watch = new MutationObserver(settled);
  function settled() {
    const { state } = root.dataset;
    if (state === "error") forget();
    else if (state === "ready" && begun) caches.open(CACHE).then((cache) => cache.delete(TAKEN), () => {});
    else if (state === "ready" && wanted && possible()) make(imported());
    wanted = begun = false;
  }
  watch.observe(root, { attributeFilter: ["data-state"] });
  if (root.dataset.state !== "loading") settled();
}

function make(/** @type {string[]} */ modules) {
  const rest = globalThis.requestIdleCallback ?? ((/** @type {() => void} */ call) => call());
  setTimeout(() => rest(start), SETTLED_MS);
  function start() {
    const worker = new Worker(new URL("./remember.js", import.meta.url), { type: "module" });
    worker.postMessage({ cache: CACHE, address: MEMORY, modules });
  }
}
