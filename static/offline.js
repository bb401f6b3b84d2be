// Keeps the site for later, once it works. What is kept, and how, is for sw.js to say.
//
// The footer says so when everything is here. When the site has changed, the page offers to reload, and goes on as it is.
import { workers } from "./storage.js";

const { content: version } = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=version]"));
const HOUR_MS = 3_600_000;
const SETTLED_MS = 1000; // what comes after the start should be done by then
const AT_LAST_MS = 5000; // more than that, the page need not wait for a moment of rest

const root = document.documentElement;
const indicator = /** @type {HTMLElement} */ (document.getElementById("offline"));
const place = /** @type {HTMLElement} */ (document.getElementById("newer"));
let offered = version;

// Only a built site has a version. Private windows may have no workers, or refuse them: the page is as good without.
if (version && location.protocol !== "file:" && workers()) {
  if (root.dataset.state === "ready") settle();
  else {
    const watch = new MutationObserver(() => {
      if (root.dataset.state !== "ready") return;
      watch.disconnect();
      settle();
    });
    watch.observe(root, { attributeFilter: ["data-state"] });
  }
}

function settle() {
  const rest = globalThis.requestIdleCallback ?? ((/** @type {() => void} */ call) => call());
  setTimeout(() => rest(keep, { timeout: AT_LAST_MS }), SETTLED_MS);
}

async function keep() {
  /** @type {ServiceWorkerRegistration} */
  let registration;
  try {
    registration = await navigator.serviceWorker.register("./sw.js");
  } catch {
    return;
  }
  let checked = Date.now();
  // A page that was fetched past the worker may be newer than what that one keeps, but no newer than a worker to come.
  let comparable = Boolean(navigator.serviceWorker.controller);

  async function look() {
    const newest = registration.waiting ?? registration.active;
    if (!newest) return;
    const said = await ask(newest);
    indicator.textContent = said.whole ? "Ready to work offline." : "";
    if (comparable) offer(said.version);
  }

  function follow(/** @type {ServiceWorker | null} */ worker) {
    worker?.addEventListener("statechange", () => {
      if (worker.state !== "installed" && worker.state !== "activated") return;
      comparable = true;
      look();
    });
  }

  registration.addEventListener("updatefound", () => follow(registration.installing));
  follow(registration.installing);
  follow(registration.waiting);
  look();

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    look();
    if (Date.now() - checked < HOUR_MS) return;
    checked = Date.now();
    registration.update().catch(() => {}); // no network: another time
  });
}

/** @returns {Promise<{ version: string, whole: boolean }>} what the worker keeps */
function ask(/** @type {ServiceWorker} */ worker) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage("", [port2]);
  });
}

function offer(/** @type {string} */ newest) {
  if (newest === offered) return;
  offered = newest;
  if (newest === version) return place.replaceChildren();
  const reload = button("Reload", () => location.reload());
  const dismiss = button("Later", () => place.replaceChildren());
  place.replaceChildren("A new version is here. ", reload, " ", dismiss);
}

function button(/** @type {string} */ textContent, /** @type {() => void} */ act) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent });
  made.addEventListener("click", act);
  return made;
}
