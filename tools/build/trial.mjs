// Starts Pyodide as trim.mjs left it, and lets it do once what the page does. node trial.mjs PYODIDE TRIMMED MODULE...
// PYODIDE is the folder that npm brings, TRIMMED the one with the files that were cut. What fails says what was missed.
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, trimmed, ...modules] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodide, "pyodide.mjs")).href);
// The message alone: what was thrown points into a line that holds all of the script.
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});
process.on("exit", (code) => code === 13 && console.error("Pyodide never started")); // and nothing is left to wait for

/** @type {string[]} */
const said = [];
const batched = (/** @type {string} */ text) => said.push(text);
const python = await loadPyodide({
  indexURL: resolve(trimmed),
  stdLibURL: resolve(pyodide, "python_stdlib.zip"),
  lockFileURL: resolve(pyodide, "pyodide-lock.json"),
});
python.setStdout({ batched });
python.setStderr({ batched });
python.registerJsModule("here", {
  modules,
  numbers: new Float64Array([1.5, 2.5]),
  later: (/** @type {number} */ value) => new Promise((done) => setTimeout(done, 1, { value })),
  call: (/** @type {Function} */ back, /** @type {unknown[]} */ ...given) => back(...given),
  fail: () => {
    throw new RangeError("on purpose");
  },
});
await python.runPythonAsync(`
import importlib, sys, traceback
import here, js
from pyodide.ffi import JsException, create_proxy, to_js

missing = []
for name in here.modules:
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing.append(f"{name}: {error}")
if missing:
    raise SystemExit("The page imports what the trimmed Pyodide has not:\\n" + "\\n".join(missing))

assert sum(here.numbers) == 4 and sum(here.numbers.to_py()) == 4 and bytes(js.Uint8Array.new(2)) == bytes(2)
assert (await here.later(3)).value == 3
assert here.call(lambda *given: len(given), 1, "two", None) == 3
kept = create_proxy({"a": [1, 2]})
assert list(js.Object.keys(to_js({"b": 1}, dict_converter=js.Object.fromEntries))) == ["b"]
kept.destroy()
for wrong, right in ((lambda: here.fail(), JsException), (lambda: here.call(lambda: 1 / 0), ZeroDivisionError)):
    try:
        wrong()
    except right as error:
        assert traceback.format_exception(error)
    else:
        raise AssertionError(right)
print("out")
print("err", file=sys.stderr)
with open("/home/pyodide/kept", "w") as file:
    file.write("kept")
`);
if (python.FS.readFile("/home/pyodide/kept", { encoding: "utf8" }) !== "kept") throw new Error("files are not written");
if (said.join() !== "out,err") throw new Error(`what Python prints is lost: ${said}`);
