// Watches the start. Plain JavaScript on purpose: it must speak when nothing else can.
//
// <html data-state> is "loading", "ready" or "error", nothing else. Python sets "ready" when it answers input; if it
// cannot come, this script sets "error" and says why and what to do. The results that the build put into the page
// stay in either case. Should Python come after all, the message goes.
"use strict";

document.getElementById("unstarted")?.remove(); // what is said where this script does not run

const root = document.documentElement;
const status = /** @type {HTMLElement} */ (document.getElementById("status"));
const NEEDED = /\/(vendor-\w+\/|static-\w+\/((memory|policy|python|storage)\.js|(app|later)\.zip))/;
const STALLED_AFTER_MS = 45_000;
const COPY = "copy" in root.dataset; // the page in one file: tools/build/single.py
const AGAIN = COPY ? "Get the file once more" : "Check the connection and reload";
const TRY = `${AGAIN}. If that does not help, try a current Chrome, Edge, Firefox or Safari.`;

// PyScript names its steps (py:progress); these are worth telling a visitor.
/** @type {Record<string, string>} */
const STEPS = {
  "Loading files": "Fetching the calculator…",
  "Loaded Pyodide": "Opening the calculator…",
};

// What Python is made of, as the links in the head name it: the bytes that are here, unpacked, of those that the build
// has counted.
/** @type {NodeListOf<HTMLLinkElement>} */
const ahead = document.querySelectorAll("link[rel$=preload]");
const parts = new Map(Array.from(ahead, ({ href }) => [href, 0]));
const WASM = [...parts.keys()].find((address) => address.endsWith(".wasm")) ?? "";
const amount = document.createElement("span");
amount.setAttribute("aria-hidden", "true"); // in a live region every number would be read out

let sure = false; // whether the message on show names the cause itself, not only a sign of it
let stall = 0;
/** @type {Node | null} */
let doing = null; // what was last told of the start

// A file dropped where nothing takes it, or before Python can, would take the page's place. Words may still be dragged.
for (const kind of /** @type {const} */ (["dragover", "drop"])) {
  addEventListener(kind, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
}

function say(/** @type {Node[]} */ ...nodes) {
  status.replaceChildren(...nodes);
}

function paragraph(/** @type {string} */ text) {
  return Object.assign(document.createElement("p"), { textContent: text });
}

function progress(text = "") {
  clearTimeout(stall);
  if (root.dataset.state !== "loading") return;
  stall = setTimeout(() => fail("Python is taking too long to arrive."), STALLED_AFTER_MS);
  if (text) say((doing = paragraph(text)));
}

function arrived(/** @type {string} */ address, /** @type {number} */ bytes) {
  const before = parts.get(address);
  if (before === undefined) return;
  parts.set(address, Math.max(bytes, before));
  const megabytes = (/** @type {number} */ count) => (count / 1e6).toFixed(1);
  const sum = [...parts.values()].reduce((one, other) => one + other);
  amount.textContent = ` ${megabytes(sum)} of ${megabytes(Number(status.dataset.bytes))} MB, unpacked`;
}

function fail(/** @type {string} */ reason, { advice = TRY, cause = false } = {}) {
  if (root.dataset.state === "ready" || (root.dataset.state === "error" && (sure || !cause))) return;
  sure = cause;
  root.dataset.state = "error";
  show(reason, `The results shown are for the inputs the page came with, and do not follow changes. ${advice}`);
}

function show(/** @type {string} */ reason, /** @type {string} */ advice) {
  clearTimeout(stall);
  const first = document.createElement("p");
  first.append(Object.assign(document.createElement("strong"), { textContent: reason }));
  say(first, paragraph(advice), button("Reload", () => location.reload()));
  // What the address says may be what fails: there is a way that does not lead back to it.
  const [slug, inputs] = location.hash.split("?");
  if (inputs) status.append(" ", button("Start from the defaults", () => afresh(slug)));
}

function button(/** @type {string} */ textContent, /** @type {() => void} */ act) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent });
  made.addEventListener("click", act);
  return made;
}

function afresh(/** @type {string} */ slug) {
  history.replaceState(null, "", slug);
  location.reload();
}

// Python speaks by the same attribute: "ready" clears the message, and "error" is a fault of the page, of which nothing
// else was said if the page was ready or what was told of the start still stands there.
let before = root.dataset.state;
new MutationObserver(() => {
  const now = root.dataset.state;
  if (now === "ready") {
    clearTimeout(stall);
    say();
  } else if (now === "error" && (before === "ready" || status.firstChild === doing)) {
    show("The page no longer answers: it has a fault.", "The results may not follow your last change. Reload to go on.");
  }
  before = now;
}).observe(root, { attributeFilter: ["data-state"] });

// A file that is missing: the browser lists everything it has fetched.
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { name, responseStatus, decodedBodySize } = /** @type {PerformanceResourceTiming} */ (entry);
    if (!NEEDED.test(name)) continue;
    if (responseStatus >= 400) missing(name, responseStatus);
    else {
      arrived(name, decodedBodySize);
      progress();
    }
  }
}).observe({ type: "resource", buffered: true });

function missing(/** @type {string} */ address, why = 0) {
  const file = new URL(address).pathname.split("/").pop();
  fail(`Python could not start: ${file} could not be fetched${why ? ` (${why})` : ""}.`, { cause: Boolean(why) });
}

addEventListener(
  "error",
  (event) => {
    const { src: address } = /** @type {Partial<HTMLScriptElement>} */ (event.target);
    if (address && NEEDED.test(address)) missing(address);
    else if (!ended(event.error) && event.message) fail("Python could not start: a part of it arrived damaged.");
  },
  true, // what fails to load tells only itself, and whoever listens on the way down
);
addEventListener("unhandledrejection", ({ reason }) => {
  if (!ended(reason)) fail("Python could not start: a part of it arrived damaged.");
});

// Python itself may come to an end, of which it can tell nobody: Pyodide marks what it throws then.
function ended(/** @type {any} */ error) {
  if (!error?.pyodide_fatal_error || root.dataset.state !== "ready") return false;
  root.dataset.state = "error";
  return true;
}

addEventListener("python:bytes", ({ detail }) => {
  arrived(WASM, detail);
  progress();
});
addEventListener("python:compiled", () => progress("Starting Python…"));
addEventListener("python:refused", () =>
  fail("Python could not start: it arrived damaged, or the browser refused to run it."),
);

// Of several calculators one is seen: the one that the address names, else the one that is.
function route(/** @type {Event | undefined} */ event = undefined) {
  const slug = location.hash.slice(1).split("?")[0] || sections[0]?.id;
  const wanted = sections.find((section) => section.id === slug);
  if (!wanted || !wanted.hidden) return;
  for (const section of sections) section.hidden = section !== wanted;
  for (const link of document.querySelectorAll(".banner nav a"))
    if (link.getAttribute("href") === `#${slug}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  document.title = wanted === sections[0] ? title : (wanted.querySelector("h1")?.textContent ?? title);
  scrollTo({ top: 0, behavior: "instant" }); // another page, as it were: nothing slides past
  if (event) wanted.querySelector("h1")?.focus({ preventScroll: true }); // and read from its heading on
}

// In a frame of another page only the answer is seen (static/style.css), where the address says so, and the way to the
// whole page, with what the address says of the inputs.
function frame() {
  const embed = /([?&])embed=1(&|$)/;
  root.toggleAttribute("data-embed", embed.test(location.hash));
  const [page, ...rest] = location.href.split("#");
  const hash = `#${rest.join("#")}`.replace(embed, (_, before, after) => (after ? before : ""));
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".whole a")))
    link.href = page + hash;
}
for (const kind of ["hashchange", "pointerdown", "focusin"]) addEventListener(kind, frame);
frame();

const title = document.title;
const sections = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("section.calculator"))];
addEventListener("hashchange", route);
route();

addEventListener("py:progress", ({ detail }) => progress(STEPS[detail]));
// PyScript logs what Python raises and calls the program done: done without being ready is a failure.
// Unless it says that the inputs wait for a part of it that is still on its way.
addEventListener("py:done", () => {
  if (!("waiting" in root.dataset)) fail("The calculator stopped while starting.", { advice: "Reload to try again." });
});

// Results follow every keystroke: there is nothing to submit, whether Python is there or not.
addEventListener("submit", (event) => event.preventDefault());

if (COPY && !document.getElementById("whole")) {
  fail("This copy is damaged: its end is missing.", { advice: "Get the file once more.", cause: true });
} else if (location.protocol === "file:" && !COPY) {
  const advice = "Open the page over http: run “make serve”, or put dist/ on a web server. Or open dist/single.html.";
  fail("Python cannot start from a file.", { advice, cause: true });
} else if (typeof WebAssembly !== "object") {
  const advice = "It may be switched off. Any current browser has it.";
  fail("Python cannot start: this browser has no WebAssembly.", { advice, cause: true });
} else {
  progress("Fetching Python…");
  status.firstElementChild?.append(amount);
}
