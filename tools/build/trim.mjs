// Cuts from Pyodide what no script of the page can reach. node trim.mjs ASM.mjs ASM.wasm OUT OTHER.mjs...
//
// Pyodide's WebAssembly exports some 8,560 names, and the script beside it hands each on, with 1,650 of its own: code
// that is compiled apart and loaded later may ask for any of them. The page loads none. So a name stays only where that
// script or an OTHER one says it, and what was reached by the other names alone goes: from the script by esbuild's tree
// shaking, from the WebAssembly by Binaryen. As what is left of either needs less of the other, that goes on until
// nothing more goes. Code that stays is as it was. The two files go to the folder OUT.
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import binaryen from "binaryen";
import { build } from "esbuild";

// What Pyodide's own build turns on. With more, Binaryen would write forms that not every browser reads.
const {
  BulkMemory,
  BulkMemoryOpt,
  ExceptionHandling,
  Multivalue,
  MutableGlobals,
  NontrappingFPToInt,
  ReferenceTypes,
  SignExt,
} = binaryen.Features;
const MEMORY = BulkMemory | BulkMemoryOpt | MutableGlobals;
const FEATURES = MEMORY | ExceptionHandling | Multivalue | NontrappingFPToInt | ReferenceTypes | SignExt;

// As Emscripten writes it: all of the script stands in one function, and its long lists look like this.
const HEAD = "async function _createPyodideModule(moduleArg={}){";
const TAIL = ";return moduleRtn}export default _createPyodideModule;";
const IMPORTS = /var wasmImports=\{([^{}]*)\}/; // of functions of the script, by the names that the WebAssembly calls
const EXPORTS = /function assignWasmExports\(wasmExports\)\{([^{}]*)\}/; // _x=Module["_x"]=wasmExports["x"];…
const CONVERTED = /wasmExports\["([\w$]+)"\]=makeWrapper_\w+\(wasmExports\["\1"\]\);/; // of those that give addresses
const HANDED_ON = /Module\["([\w$]+)"\]=\1;/; // the script's own
const SIGNATURE = /[\w$]+\.sig="\w*";/; // of its functions, for WebAssembly that is loaded later
const EVAL = /(?<![.\w$])eval\(/; // sees all names around it, so that none could go

const all = (/** @type {RegExp} */ part) => new RegExp(part, "g");
const named = (/** @type {string} */ text, /** @type {RegExp} */ part) =>
  [...text.matchAll(all(part))].map(([, name]) => name);

/** What `text` looks like in the one place that looks like `part`. */
function only(/** @type {string} */ text, /** @type {RegExp} */ part) {
  const found = named(text, part);
  if (found.length !== 1) throw new Error(`Pyodide's script has ${found.length} places like ${part}, and not one`);
  return found[0];
}

/** What the script gives to the WebAssembly, as its list has it: `name` or `name:value`. */
function entries(/** @type {string} */ body) {
  return only(body, IMPORTS).split(",");
}

/** WebAssembly that loses what it exports, and what only that reached. */
class Wasm {
  constructor(/** @type {Uint8Array} */ bytes) {
    this.module = binaryen.readBinary(bytes);
    this.module.setFeatures(FEATURES);
    const found = Array.from({ length: this.module.getNumExports() }, (_, at) =>
      binaryen.getExportInfo(this.module.getExportByIndex(at)),
    );
    this.exports = new Set(found.map(({ name }) => name));
    const optional = new Set([binaryen.ExternalFunction, binaryen.ExternalGlobal]);
    this.always = new Set(found.filter(({ kind }) => !optional.has(kind)).map(({ name }) => name));
  }

  /** Keep only these exports, and what they reach. */
  keep(/** @type {Set<string>} */ names) {
    for (const name of this.exports) if (!names.has(name)) this.module.removeExport(name);
    this.exports = names;
    this.module.runPasses(["remove-unused-module-elements"]);
  }

  /** The names of what it asks of the script, functions and addresses of functions. */
  imports() {
    const { module } = this;
    const functions = Array.from({ length: module.getNumFunctions() }, (_, at) =>
      binaryen.getFunctionInfo(module.getFunctionByIndex(at)),
    );
    const globals = Array.from({ length: module.getNumGlobals() }, (_, at) =>
      binaryen.getGlobalInfo(module.getGlobalByIndex(at)),
    );
    return [...functions, ...globals].flatMap(({ base }) => base || []);
  }

  bytes() {
    return this.module.emitBinary();
  }
}

/** @typedef {{ imports: Set<string>, exports: Set<string>, handedOn: Set<string> }} Kept */

/** The body of the script with these names in its lists, and without what only others reached. */
async function shaken(/** @type {string} */ body, /** @type {Kept} */ kept, minifySyntax = false) {
  const { imports, exports, handedOn } = kept;
  const within = (/** @type {Set<string>} */ names) => (/** @type {string} */ whole, /** @type {string} */ name) =>
    names.has(name) ? whole : "";
  const listed = entries(body).filter((each) => imports.has(each.split(":")[0]));
  const assigned = only(body, EXPORTS)
    .split(";")
    .filter((each) => exports.has(only(each, /=wasmExports\["([\w$]+)"\]/)));
  const contents = body
    .replace(IMPORTS, () => `var wasmImports={${listed}}`)
    .replace(EXPORTS, () => `function assignWasmExports(wasmExports){${assigned.join(";")}}`)
    .replace(all(CONVERTED), within(exports))
    .replace(all(HANDED_ON), within(handedOn))
    .replace(all(SIGNATURE), "")
    .replace(all(EVAL), "(0,eval)(");
  const { outputFiles } = await build({
    stdin: { contents: `${contents};export{moduleRtn}` },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    external: ["*"], // Node.js's, which no page asks for
    treeShaking: true,
    minifyWhitespace: true,
    minifySyntax,
    logLevel: "error",
  });
  return outputFiles[0].text.replace(/;?export\{moduleRtn\};?\s*$/, "");
}

/** The names that stay, of those that were kept, when the scripts say `text`. */
function wanted(/** @type {string} */ text, /** @type {Wasm} */ wasm, /** @type {Kept} */ { exports, handedOn }) {
  const words = new Set(named(text, /([\w$]+)/));
  const quoted = new Set(named(text, /["'`]([\w$]+)["'`]/));
  const taken = new Set(named(text, /wasmExports\.([\w$]+)/));
  const properties = new Set([...quoted, ...named(text, /\.([\w$]+)/), ...named(text, /[{,]([\w$]+)(?=[,}:])/)]);
  return {
    exports: new Set(
      [...exports].filter((x) => wasm.always.has(x) || words.has(`_${x}`) || quoted.has(x) || taken.has(x)),
    ),
    handedOn: new Set([...handedOn].filter((x) => properties.has(x))),
  };
}

async function trim(/** @type {string} */ script, /** @type {string} */ others, /** @type {Uint8Array} */ bytes) {
  const whole = script.startsWith(HEAD) && script.split(TAIL).length === 2;
  if (!whole) throw new Error("Pyodide's script is not the one function that it was");
  const body = script.slice(HEAD.length, script.indexOf(TAIL));
  const wasm = new Wasm(bytes);
  const known = new Set(entries(body).map((each) => each.split(":")[0]));
  /** @type {Kept} */
  let kept = { imports: known, exports: wasm.exports, handedOn: new Set(named(body, HANDED_ON)) };
  const size = () => kept.imports.size + kept.exports.size + kept.handedOn.size;
  let before;
  do {
    before = size();
    // What the lists say themselves does not count.
    const bare = (await shaken(body, { ...kept, exports: new Set() })).replace(all(HANDED_ON), "");
    const { exports, handedOn } = wanted(bare + others, wasm, kept);
    wasm.keep(exports);
    kept = { exports, handedOn, imports: new Set(wasm.imports()) };
  } while (size() < before);
  const missing = [...kept.imports].filter((name) => !known.has(name));
  if (missing.length) throw new Error(`The WebAssembly needs what the script has not: ${missing.join(", ")}`);
  return { script: HEAD + (await shaken(body, kept, true)) + TAIL, wasm: wasm.bytes() };
}

const [script, wasm, out, ...others] = process.argv.slice(2);
const texts = await Promise.all([script, ...others].map((file) => readFile(file, "utf8")));
const trimmed = await trim(texts[0], texts.slice(1).join("\n"), await readFile(wasm));
await writeFile(join(out, basename(script)), trimmed.script);
await writeFile(join(out, basename(wasm)), trimmed.wasm);
