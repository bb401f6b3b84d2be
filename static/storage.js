// What a browser may refuse to a page: cookies may be blocked, or the page may stand in a frame of another site.

// PyScript opens a database at every start and waits for it, and a channel to workers that the page does not have. The
// page needs neither. It gets, in every browser, a database that is empty and forgets, and a channel that leads nowhere:
// so no browser has to allow it, and nothing is left behind.
const answers = new Map([["getAllKeys", []]]);
const store = new Proxy({}, { get: (_, name) => () => request(answers.get(name)) });
const database = { transaction: () => ({ objectStore: () => store }), close() {} };

function request(result) {
  const made = {};
  queueMicrotask(() => made.onsuccess?.({ target: { result } })); // whoever asks, listens after it has asked
  return made;
}

Object.defineProperty(globalThis, "indexedDB", { value: { open: () => request(database) } });
globalThis.BroadcastChannel = class extends EventTarget {
  postMessage() {}
  close() {}
};

// The service workers, if there can be any: a frame without an origin is refused the question.
export function workers() {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}
