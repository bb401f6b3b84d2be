// Runs first in the one-file copy (tools/build/single.py): the program asks for files and modules as it does on the site, and
// gets them out of the page that it is in. Nothing goes out.

// The modules that the program asks for while it runs, by address.
/** @type {Map<string, object>} */
export const modules = new Map();

// Stands in for `import()`. The bundler takes what it is given for CommonJS unless told that it is not.
Object.assign(globalThis, {
  require(/** @type {string} */ address) {
    const found = modules.get(new URL(address, document.baseURI).href);
    if (!found) throw new TypeError(`${address} is not in this copy`);
    return { __esModule: true, ...found };
  },
});

/** @type {NodeListOf<HTMLScriptElement>} */
const carried = document.querySelectorAll("script[data-file]");
const files = new Map(Array.from(carried, (each) => [new URL(each.dataset.file ?? "", document.baseURI).href, each]));

// Damage is told to whoever watches the start (static/start.js): not everyone who asks for a file does.
globalThis.fetch = async (asked) => {
  try {
    return await answer(new URL(asked instanceof Request ? asked.url : asked, document.baseURI).href);
  } catch (error) {
    reportError(error);
    throw error;
  }
};

async function answer(/** @type {string} */ address) {
  const element = files.get(address);
  if (!element) throw new TypeError(`${address} is not in this copy`);
  const packed = new Blob([bytes(element.textContent)]).stream();
  const content = await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  return new Response(content, { headers: { "Content-Type": element.type } });
}

function bytes(/** @type {string} */ base64) {
  const text = atob(base64);
  const found = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) found[at] = text.charCodeAt(at);
  return found;
}
