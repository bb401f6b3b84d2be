// Runs a script of static/ that is made for a worker outside a browser. node inner_loops.mjs NAME: a line of JSON in,
// { job, data }, arrays as { type, values } and files as { base64 }; a line of JSON out for each, the last message with
// the shares that were told before it.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { runInThisContext } from "node:vm";

const TYPES = { d: Float64Array, i: Int32Array, B: Uint8Array };
let said = [];
globalThis.postMessage = (message) => said.push(message);
globalThis.onmessage = null;
let now = 0;
globalThis.performance = { now: () => (now += 40) }; // so that what is told does not hang on the machine

runInThisContext(readFileSync(new URL(`../static/${process.argv[2]}`, import.meta.url), "utf8"));

const read = (_, value) =>
  value?.type
    ? TYPES[value.type].from(value.values)
    : value?.base64 !== undefined
      ? new Blob([Buffer.from(value.base64, "base64")])
      : value;
const typeOf = (value) => Object.keys(TYPES).find((type) => value instanceof TYPES[type]);
const written = (_, value) => (ArrayBuffer.isView(value) ? { type: typeOf(value), values: [...value] } : value);

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { job, data } = JSON.parse(line, read);
  said = [];
  await globalThis.onmessage({ data: { job, data } });
  const told = said.filter((message) => "progress" in message).map(({ progress }) => progress);
  const last = JSON.stringify(said.at(-1), written);
  console.log(JSON.stringify({ ...JSON.parse(last), told }));
});
