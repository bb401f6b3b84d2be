// Starts Python while the page is still being read. PyScript, which asks for it once it has read its own
// configuration, gets the one that is on its way.
import { forget, recall, remember } from "./memory.js";
import { workers } from "./storage.js";
import { loadPyodide as load, version } from "../vendor/pyodide/pyodide.mjs";

// Heard by static/start.js, which has run when the page is parsed.
function tell(/** @type {string} */ type, detail = 0) {
  const send = () => dispatchEvent(new CustomEvent(`python:${type}`, { detail }));
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", send, { once: true });
  else send();
}

// Half of what Python is made of comes in one file: its bytes are told as they come. Not where a service worker has it:
// there it comes at once, and passing through here it would be compiled anew.
function counted(/** @type {Response} */ response) {
  if (workers()?.controller || !response.body) return response;
  let bytes = 0;
  /** @type {TransformStream<Uint8Array<ArrayBuffer>>} */
  const count = new TransformStream({
    transform(chunk, onward) {
      tell("bytes", (bytes += chunk.byteLength));
      onward.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(count), response);
}

// Pyodide only logs WebAssembly that does not load, and leaves whoever waits for it waiting for ever.
const instantiate = globalThis.WebAssembly?.instantiateStreaming;
if (instantiate) {
  WebAssembly.instantiateStreaming = async (response, imports) => {
    try {
      const result = await instantiate.call(WebAssembly, counted(await response), imports);
      tell("compiled");
      return result;
    } catch (error) {
      tell("refused");
      throw error;
    }
  };
}

const indexURL = new URL("../vendor/pyodide/", import.meta.url).href;
const python = begin();

async function begin() {
  const memory = await recall();
  if (memory) {
    try {
      const recalled = await load({ indexURL, _loadSnapshot: memory });
      performance.mark("python:recalled");
      return recalled;
    } catch {
      await forget();
    }
  }
  return load({ indexURL });
}

export { version };

/** @param {Record<"stdout" | "stderr", (text: string) => void>} said */
export async function loadPyodide({ stdout, stderr }) {
  const started = await python;
  started.setStdout({ batched: stdout });
  started.setStderr({ batched: stderr });
  remember(() => started.runPython("import sys; ' '.join(sys.modules)").split(" "));
  return started;
}
