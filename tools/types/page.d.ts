// What the scripts of the page take for granted.

// The runtime stands on the site only (tools/build/vendor.py); its types come with its packages.
declare module "*/vendor/pyodide/pyodide.mjs" {
  export * from "pyodide";
}
declare module "*/vendor/pyscript/core.js" {
  export { hooks } from "@pyscript/core";
}

// What PyScript and static/python.js tell of the start.
interface WindowEventMap {
  "py:progress": CustomEvent<string>;
  "python:bytes": CustomEvent<number>;
}
