// What a browser may refuse to a page: cookies may be blocked, or the page may stand in a frame of another site.

// PyScript opens a database at every start and waits for it, and a channel to workers that the page does not have. The
// page needs neither. It gets, in every browser, a database that is empty and forgets, and a channel that leads nowhere:
// so no browser has to allow it, and nothing is left behind.
/** @type {Map<string | symbol, unknown>} */
const answers = new Map([["getAllKeys", []]]);
const store = new Proxy({}, { get: (_, name) => () => request(answers.get(name)) });
const database = { transaction: () => ({ objectStore: () => store }), close() {} };

function request(/** @type {unknown} */ result) {
  /** @type {{ onsuccess?: (event: object) => void }} */
  const made = {};
  queueMicrotask(() => made.onsuccess?.({ target: { result } })); // whoever asks, listens after it has asked
  return made;
}

class Channel extends EventTarget {
  postMessage() {}
}

Object.defineProperties(globalThis, {
  indexedDB: { value: { open: () => request(database) } },
  BroadcastChannel: { value: Channel },
});

// The service workers, if there can be any: a frame without an origin is refused the question.
export function workers() {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}
