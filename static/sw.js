// Keeps the whole site in the browser, so that it opens without a network. The build writes this to the root of the
// site, behind two lines of its own: VERSION, and FILES, the integrity of every file by its address.
//
// A version is one cache: it holds every file, or no page is given it. Each document is noted with the version it was
// taken from, before it is handed out, and gets all of its files from there as long as it lives, whichever worker
// answers. So a new version need not wait until the pages of the old one are closed: from when it is whole the next
// document is of it, in whatever tab and however it is asked for, and no page is of two. Nor need it wait for its own
// worker: Chromium has been seen to keep that one waiting for as long as a page of the old one is open.
"use strict";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SCOPE = worker.registration.scope;
const CURRENT = `${SCOPE} ${VERSION}`; // several sites may share the origin, and with it the names of caches
const NOTES = `${SCOPE} pages`;
const LIST = `${SCOPE}?files`; // in each version: its own FILES
const NEWEST = "newest"; // noted as if it were a page: of the version that the next page is to be of
const NETWORK = ""; // the version of a document that was not kept
const INTEGRITY = new Map(Object.entries(FILES).map(([name, hash]) => [new URL(name, SCOPE).href, hash]));

const COMING_MS = 60_000; // for so long a document may be on its way to a page that is not there yet
const FORGET_MS = 86_400_000; // a page that was closed may come back from the history

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("message", (event) => event.waitUntil(report(event.ports[0])));
worker.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET" || !url.startsWith(SCOPE)) return;
  const address = addressOf(url);
  if (mode !== "navigate") event.respondWith(part(event, address));
  else if (INTEGRITY.has(address)) event.respondWith(page(event, address));
});

// The page has two addresses, and takes no notice of a query.
function addressOf(/** @type {string} */ url) {
  const { origin, pathname, search } = new URL(url);
  const path = origin + pathname;
  return path === SCOPE || path === `${SCOPE}index.html` ? SCOPE : path + search;
}

// --- answering ---

async function page(/** @type {FetchEvent} */ event, /** @type {string} */ address) {
  const newest = (await noted(NEWEST)) ?? CURRENT;
  const held = await kept(newest, address);
  await note(event.resultingClientId, held ? newest : NETWORK);
  return held ?? fetch(event.request);
}

async function part(/** @type {FetchEvent} */ event, /** @type {string} */ address) {
  const version = await versionOf(event.clientId);
  if (version === NETWORK) return fetch(event.request);
  const held = await kept(version, address);
  if (held) return held;
  // Of a worker that an older page has begun nothing is noted. What it asks for is kept with its page.
  if (!INTEGRITY.has(address)) return (await kept(undefined, address)) ?? fetch(event.request);
  return version === CURRENT ? bring(address) : Response.error();
}

async function kept(/** @type {string | undefined} */ version, /** @type {string} */ address) {
  const held = await caches.match(address, { cacheName: version, ignoreVary: true });
  return held && held.url && held.url !== address ? withoutAddress(held) : held; // taken over as it was, once
}

// A response has the address that it came from, and a script's imports are looked for beside that. What a version takes
// over from another one is to have none: there it was in a folder that the host has no more.
function withoutAddress(/** @type {Response} */ response) {
  return new Response(response.body, response);
}

// --- which page is of which version ---

const versions = new Map();

function noteOf(/** @type {string} */ id) {
  return `${SCOPE}?page=${id}`;
}

async function note(/** @type {string} */ id, /** @type {string} */ version) {
  versions.set(id, version);
  const notes = await caches.open(NOTES);
  // A full disk takes no note: the page is not to fail for it, and this worker knows as long as it lives.
  await notes.put(noteOf(id), new Response(JSON.stringify({ id, version, at: Date.now() }))).catch(() => {});
}

/** @returns {Promise<string | undefined>} */
async function noted(/** @type {string} */ id) {
  return (await (await kept(NOTES, noteOf(id)))?.json())?.version;
}

async function versionOf(/** @type {string} */ id) {
  if (!versions.has(id)) versions.set(id, (await noted(id)) ?? CURRENT);
  return versions.get(id);
}

// --- keeping ---

async function install() {
  try {
    await complete();
    await note(NEWEST, CURRENT);
  } catch (why) {
    await caches.delete(CURRENT);
    throw why;
  }
  await worker.skipWaiting();
}

// Brings what is missing of this version. Nothing is written before all of it is here.
async function complete() {
  const held = (await caches.has(CURRENT)) ? await (await caches.open(CURRENT)).keys() : [];
  const here = new Set(held.map(({ url }) => url));
  const missing = [...INTEGRITY.keys()].filter((address) => !here.has(address));
  if (!missing.length && here.has(LIST)) return;
  const older = await copies();
  const found = await Promise.all(
    missing.map(async (address) => {
      const copy = await older.get(INTEGRITY.get(address))?.();
      return copy ? withoutAddress(copy) : bring(address, older.size > 0);
    }),
  );
  await note(VERSION, CURRENT); // as of a page to come, so that another worker does not tidy it away while it is made
  const cache = await caches.open(CURRENT);
  await Promise.all(missing.map((address, at) => cache.put(address, found[at])));
  await cache.put(LIST, new Response(JSON.stringify(Object.fromEntries(INTEGRITY))));
}

// What other versions hold, by integrity.
async function copies() {
  const found = new Map();
  for (const name of await otherVersions()) {
    const list = await kept(name, LIST);
    for (const [address, hash] of Object.entries(list ? await list.json() : {})) found.set(hash, () => kept(name, address));
  }
  return found;
}

// On a first visit the page has just fetched nearly everything: the browser has it. After a change it has what was before.
function bring(/** @type {string} */ address, changed = false) {
  const integrity = INTEGRITY.get(address);
  const fetched = (/** @type {RequestCache} */ cache) => fetch(address, { integrity, cache });
  return changed ? fetched("no-cache") : fetched("default").catch(() => fetched("reload"));
}

async function otherVersions() {
  return (await caches.keys()).filter((name) => name.startsWith(`${SCOPE} `) && name !== CURRENT && name !== NOTES);
}

// --- telling and tidying ---

async function report(/** @type {MessagePort} */ port) {
  const whole = await complete().then(() => true, () => false);
  await tidy();
  port.postMessage({ version: VERSION, whole });
}

// Removes versions that no page is of, and notes on pages that will not come back.
async function tidy() {
  const others = await otherVersions(); // first: what is made from now on is not among them
  const notes = await caches.open(NOTES);
  // All of them: to a worker that waits, the pages of the old one are not its own.
  const living = new Set((await worker.clients.matchAll({ includeUncontrolled: true })).map(({ id }) => id));
  const needed = new Set();
  for (const request of await notes.keys()) {
    const found = await notes.match(request);
    if (!found) continue; // another worker tidies, too
    const { id, version, at } = await found.json();
    const age = Date.now() - at;
    if (id === NEWEST || living.has(id) || age < COMING_MS) needed.add(version);
    else if (age > FORGET_MS) await notes.delete(request);
  }
  await Promise.all(others.filter((name) => !needed.has(name)).map((name) => caches.delete(name)));
}
