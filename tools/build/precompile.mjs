// Runs tools/build/precompile.py inside Pyodide, so that the compiler is the one of the interpreter that will import.
// node precompile.mjs FOLDER ZIP OPTIMIZE: the files of FOLDER, every .py compiled, into ZIP.
import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [folder, zip, optimize] = process.argv.slice(2);
// Lines are kept, columns are not: they would be a quarter of the zip, and no message of ours shows them.
const python = await loadPyodide({ env: { PYTHONNODEBUGRANGES: "1" } });
python.mountNodeFS("/source", folder);
const program = readFileSync(new URL("precompile.py", import.meta.url), "utf8");
const pack = python.runPython(program + "\npack");
writeFileSync(zip, pack("/source", Number(optimize)).toJs());
