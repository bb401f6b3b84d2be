// Runs static/inner_loops.js outside a browser. node inner_loops.mjs: a line of JSON in, { job, data }, arrays as
// { type, values }; a line of JSON out for each, the last message with the shares that were told before it.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { runInThisContext } from "node:vm";

const TYPES = { d: Float64Array, i: Int32Array };
let said = [];
globalThis.postMessage = (message) => said.push(message);
globalThis.onmessage = null;
let now = 0;
globalThis.performance = { now: () => (now += 40) }; // so that what is told does not hang on the machine

runInThisContext(readFileSync(new URL("../static/inner_loops.js", import.meta.url), "utf8"));

createInterface({ input: process.stdin }).on("line", (line) => {
  const { job, data } = JSON.parse(line, (_, value) =>
    value?.type ? TYPES[value.type].from(value.values) : value,
  );
  said = [];
  globalThis.onmessage({ data: { job, data } });
  const told = said.filter((message) => "progress" in message).map(({ progress }) => progress);
  const last = JSON.stringify(said.at(-1), (_, value) =>
    ArrayBuffer.isView(value) ? { type: value instanceof Int32Array ? "i" : "d", values: [...value] } : value,
  );
  console.log(JSON.stringify({ ...JSON.parse(last), told }));
});
