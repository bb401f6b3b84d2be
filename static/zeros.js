// Counts the zeros of a checkpoint's matrices, in a worker beside the page: reads the files by slices, so that they pass
// nowhere else, and counts ten times as fast as Python could.
//
// The page starts it when a file comes, and does without it where it cannot (app/browser/studying.py). Python is the
// reference: app/calculators/pruning/checkpoint/counting.py, and a test holds both equal. The protocol is that of
// inner_loops.js.
//
// A weight is a bit here, set where it is not zero, and eight inputs of an output are a byte: of its 256 values a table
// tells how many groups of 2, 4 and 8 have how many nonzeros.
"use strict";

/**
 * @typedef {{ file: number, offset: number, length: number, cell: string, order: string, outputs: number, inputs: number,
 *   positions: number, first: number, weights: number, against: Uint8Array }} Task
 */

onmessage = async ({ data: { job, data } }) => {
  try {
    if (job !== "count-zeros") throw new TypeError(`no job ${job}`);
    postMessage({ result: await countZeros(data) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};

const AHEAD = 2 ** 24;

/**
 * The counts of each task. While one piece is counted, the next are being read, of so many bytes together.
 *
 * @param {{ files: Blob[], tasks: Task[] }} data
 */
async function countZeros({ files, tasks }) {
  const read = (/** @type {Task} */ { file, offset, length }) => files[file].slice(offset, offset + length).arrayBuffer();
  const whole = tasks.reduce((sum, task) => sum + task.length, 0);
  const counts = [];
  const reads = [];
  let asked = 0;
  let done = 0;
  for (let at = 0; at < tasks.length; at++) {
    while (reads.length < tasks.length && (reads.length <= at || asked - done < AHEAD)) {
      asked += tasks[reads.length].length;
      const next = read(tasks[reads.length]);
      next.catch(() => {}); // it is asked about in its turn, if that comes
      reads.push(next);
    }
    counts.push(count(tasks[at], await reads[at]));
    delete reads[at];
    done += tasks[at].length;
    postMessage({ progress: done / whole });
  }
  return { counts };
}

/**
 * What stands in a piece (`count` of counting.py).
 *
 * @param {Task} task
 * @param {ArrayBuffer} content
 */
function count(task, content) {
  if (content.byteLength !== task.length) throw new RangeError("a file changed while it was read");
  differ(content, task.against);
  const { order, outputs, inputs, positions, first, weights } = task;
  const masks = MASKS[task.cell](content, weights);
  if (order === "columns" || order === "words") {
    const matrix = Math.floor(first / (inputs * outputs));
    const at = first - matrix * inputs * outputs;
    if (order === "columns") {
      const rows = weights / outputs;
      return byColumns(task, columns(masks, rows, outputs), outputs, rows, matrix * outputs, at / outputs);
    }
    const row = Math.floor(at / 8 / outputs);
    const output = at / 8 - row * outputs;
    const words = weights / 8;
    const whole = output || words < outputs;
    return whole
      ? byColumns(task, masks, words, 8, matrix * outputs + output, row * 8)
      : byColumns(task, masks, outputs, (words / outputs) * 8, matrix * outputs, row * 8);
  }
  const row = inputs * positions;
  const output = Math.floor(first / row);
  const at = first - output * row;
  const width = Math.min(row - at, weights) / positions;
  const aligned = positions === 1 && width % 8 === 0;
  return byRows(task, aligned ? masks : rows(masks, weights, width, positions), width, output, at / positions);
}

// --- bytes -> a bit for each weight ---

/**
 * Turn what stands for zero into zero: bits that equal those of `against`, repeated if it is shorter.
 *
 * @param {ArrayBuffer} content
 * @param {Uint8Array} against
 */
function differ(content, against) {
  if (!against.length) return;
  const bytes = new Uint8Array(content);
  const aligned = against.length === 1 || (against.length === bytes.length && against.byteOffset % 4 === 0);
  const whole = aligned ? bytes.length >> 2 : 0;
  const words = new Int32Array(content, 0, whole);
  if (against.length === 1) {
    const word = against[0] * 0x01010101;
    for (let at = 0; at < whole; at++) words[at] ^= word;
  } else if (whole) {
    const others = new Int32Array(against.buffer, against.byteOffset, whole);
    for (let at = 0; at < whole; at++) words[at] ^= others[at];
  }
  for (let at = 4 * whole; at < bytes.length; at++) bytes[at] ^= against[at % against.length];
}

/**
 * Words of 32 bits, filled up with zeros to those of a multiple of eight weights.
 *
 * @param {ArrayBuffer} content
 * @param {number} weights
 * @param {number} bits of a weight
 */
function words(content, weights, bits) {
  const length = Math.ceil(weights / 8) * bits;
  if (content.byteLength === length && length % 4 === 0) return new Int32Array(content);
  const filled = new Uint8Array(Math.ceil(length / 4) * 4);
  filled.set(new Uint8Array(content));
  return new Int32Array(filled.buffer);
}

const room = (/** @type {number} */ weights) => new Uint8Array(Math.ceil(weights / 8));

/**
 * Sixteen bits a weight. A nonzero half of a word carries into the highest bit of its half.
 *
 * @param {ArrayBuffer} content
 * @param {number} weights
 */
function floats16(content, weights) {
  const from = words(content, weights, 16);
  const masks = room(weights);
  const each = 0x7fff7fff;
  for (let at = 0, place = 0; at < masks.length; at++, place += 4) {
    const found =
      ((((from[place] & each) + each) & 0x80008000) >>> 15) |
      ((((from[place + 1] & each) + each) & 0x80008000) >>> 13) |
      ((((from[place + 2] & each) + each) & 0x80008000) >>> 11) |
      ((((from[place + 3] & each) + each) & 0x80008000) >>> 9);
    masks[at] = found | (found >>> 15);
  }
  return masks;
}

/** @param {ArrayBuffer} content @param {number} weights */
function integers16(content, weights) {
  const from = words(content, weights, 16);
  const masks = room(weights);
  const each = 0x7fff7fff;
  for (let at = 0, place = 0; at < masks.length; at++, place += 4) {
    const [one, two, three, four] = [from[place], from[place + 1], from[place + 2], from[place + 3]];
    const found =
      (((((one & each) + each) | one) & 0x80008000) >>> 15) |
      (((((two & each) + each) | two) & 0x80008000) >>> 13) |
      (((((three & each) + each) | three) & 0x80008000) >>> 11) |
      (((((four & each) + each) | four) & 0x80008000) >>> 9);
    masks[at] = found | (found >>> 15);
  }
  return masks;
}

/**
 * Thirty-two bits a weight.
 *
 * @param {number} each the bits that count
 */
function of32(each) {
  const live = (/** @type {number} */ word) => ((word & each) | -(word & each)) >>> 31;
  return (/** @type {ArrayBuffer} */ content, /** @type {number} */ weights) => {
    const from = words(content, weights, 32);
    const masks = room(weights);
    for (let at = 0, place = 0; at < masks.length; at++, place += 8) {
      masks[at] =
        live(from[place]) |
        (live(from[place + 1]) << 1) |
        (live(from[place + 2]) << 2) |
        (live(from[place + 3]) << 3) |
        (live(from[place + 4]) << 4) |
        (live(from[place + 5]) << 5) |
        (live(from[place + 6]) << 6) |
        (live(from[place + 7]) << 7);
    }
    return masks;
  };
}

/**
 * Sixty-four bits a weight.
 *
 * @param {number} each the bits that count of the higher half
 */
function of64(each) {
  return (/** @type {ArrayBuffer} */ content, /** @type {number} */ weights) => {
    const from = words(content, weights, 64);
    const halves = new Int32Array(from.length / 2);
    for (let at = 0, place = 0; at < halves.length; at++, place += 2) halves[at] = from[place] | (from[place + 1] & each);
    return INTEGERS_32(halves.buffer, weights);
  };
}

const INTEGERS_32 = of32(-1);

/**
 * Which of the four bytes of a word are not zero, as four bits; of a byte the bits that `each` has count.
 *
 * @param {number} word
 * @param {number} each
 */
function ofBytes(word, each) {
  const value = word & each;
  const found = ((((value & 0x7f7f7f7f) + 0x7f7f7f7f) | value) & 0x80808080) >>> 7;
  return (found | (found >>> 7) | (found >>> 14) | (found >>> 21)) & 15;
}

/**
 * Eight bits a weight.
 *
 * @param {number} each the bits that count, of four weights
 */
function of8(each) {
  return (/** @type {ArrayBuffer} */ content, /** @type {number} */ weights) => {
    const from = words(content, weights, 8);
    const masks = room(weights);
    for (let at = 0, place = 0; at < masks.length; at++, place += 2) {
      masks[at] = ofBytes(from[place], each) | (ofBytes(from[place + 1], each) << 4);
    }
    return masks;
  };
}

/**
 * Four bits a weight, the low half of a byte first.
 *
 * @param {number} each the bits that count
 */
function of4(each) {
  return (/** @type {ArrayBuffer} */ content, /** @type {number} */ weights) => {
    const from = words(content, weights, 4);
    const masks = room(weights);
    for (let at = 0; at < masks.length; at++) {
      const value = from[at] & each;
      let found = (value | (value >>> 1) | (value >>> 2) | (value >>> 3)) & 0x11111111;
      found = (found | (found >>> 3)) & 0x03030303;
      found = (found | (found >>> 6)) & 0x000f000f;
      masks[at] = found | (found >>> 12);
    }
    return masks;
  };
}

/**
 * Blocks of a scale of 16 bits and 32 weights of 8: all are zero where the scale is.
 *
 * @param {ArrayBuffer} content
 * @param {number} weights
 */
function q8(content, weights) {
  const from = new DataView(content);
  const masks = room(weights);
  for (let at = 0, place = 0; place < content.byteLength; place += 34, at += 4) {
    if (!(from.getUint16(place, true) & 0x7fff)) continue;
    for (let byte = 0; byte < 4; byte++) {
      const begin = place + 2 + 8 * byte;
      masks[at + byte] =
        ofBytes(from.getInt32(begin, true), -1) | (ofBytes(from.getInt32(begin + 4, true), -1) << 4);
    }
  }
  return masks;
}

/** @type {Record<string, (content: ArrayBuffer, weights: number) => Uint8Array>} */
const MASKS = {
  F64: of64(0x7fffffff),
  F32: of32(0x7fffffff),
  F16: floats16,
  BF16: floats16,
  F8: of8(0x7f7f7f7f),
  I64: of64(-1),
  I32: INTEGERS_32,
  I16: integers16,
  I8: of8(-1),
  I4: of4(-1),
  F4: of4(0x77777777),
  BIT: (content) => new Uint8Array(content),
  Q8_0: q8,
};

// --- bits -> bytes of eight inputs of an output ---

/**
 * Rows of any width, and of convolutions the weights of a position together: rows of whole bytes, the last one filled
 * up with zeros.
 *
 * @param {Uint8Array} masks
 * @param {number} weights
 * @param {number} width
 * @param {number} positions
 */
function rows(masks, weights, width, positions) {
  const across = Math.ceil(width / 8);
  const found = new Uint8Array((weights / width) * across);
  for (let output = 0, bit = 0; bit < weights; output++) {
    const begin = output * positions * across;
    for (let input = 0; input < width; input++) {
      for (let position = 0; position < positions; position++, bit++) {
        found[begin + position * across + (input >> 3)] |= ((masks[bit >> 3] >> (bit & 7)) & 1) << (input & 7);
      }
    }
  }
  return found;
}

/**
 * Inputs of all outputs side by side: eight of them are laid on each other.
 *
 * @param {Uint8Array} masks
 * @param {number} inputs
 * @param {number} outputs
 */
function columns(masks, inputs, outputs) {
  const found = new Uint8Array(Math.ceil(inputs / 8) * outputs);
  const across = outputs / 8;
  let input = 0;
  if (outputs % 8 === 0) {
    for (; input + 8 <= inputs; input += 8) {
      for (let at = 0; at < across; at++) turn(masks, input * across + at, across, found, (input >> 3) * outputs + 8 * at);
    }
  }
  for (let bit = input * outputs; input < inputs; input++) {
    const begin = (input >> 3) * outputs;
    const place = input & 7;
    for (let output = begin; output < begin + outputs; output++, bit++) {
      found[output] |= ((masks[bit >> 3] >> (bit & 7)) & 1) << place;
    }
  }
  return found;
}

/**
 * Eight bytes, `step` apart, into eight that follow each other: bit k of byte i becomes bit i of byte k (Warren,
 * Hacker's Delight, 2nd edition, section 7-3).
 *
 * @param {Uint8Array} from
 * @param {number} at
 * @param {number} step
 * @param {Uint8Array} to
 * @param {number} place
 */
function turn(from, at, step, to, place) {
  let low = from[at] | (from[at + step] << 8) | (from[at + 2 * step] << 16) | (from[at + 3 * step] << 24);
  at += 4 * step;
  let high = from[at] | (from[at + step] << 8) | (from[at + 2 * step] << 16) | (from[at + 3 * step] << 24);
  let swap = (low ^ (low >>> 7)) & 0x00aa00aa;
  low ^= swap ^ (swap << 7);
  swap = (high ^ (high >>> 7)) & 0x00aa00aa;
  high ^= swap ^ (swap << 7);
  swap = (low ^ (low >>> 14)) & 0x0000cccc;
  low ^= swap ^ (swap << 14);
  swap = (high ^ (high >>> 14)) & 0x0000cccc;
  high ^= swap ^ (swap << 14);
  swap = (low ^ ((low >>> 28) | (high << 4))) & 0xf0f0f0f0;
  low ^= swap;
  high ^= swap >>> 4;
  to[place] = low;
  to[place + 1] = low >>> 8;
  to[place + 2] = low >>> 16;
  to[place + 3] = low >>> 24;
  to[place + 4] = high;
  to[place + 5] = high >>> 8;
  to[place + 6] = high >>> 16;
  to[place + 7] = high >>> 24;
}

// --- counts ---

/**
 * The counts of rows of `width` weights, the first of which is of an `output` and begins with the input `at`.
 *
 * @param {Task} task
 * @param {Uint8Array} masks
 * @param {number} width
 * @param {number} output
 * @param {number} at
 */
function byRows(task, masks, width, output, at) {
  const { positions } = task;
  const across = Math.ceil(width / 8);
  const height = masks.length / across / positions;
  const found = begin(task, width, height, output, at);
  const { often, last, outputs, inputs, blocks, perRow } = found;
  if (positions === 1 && width % 32 === 0 && at % 64 === 0) {
    byWords(found, masks, height, across / 4);
    return summed(found);
  }
  for (let row = 0, place = 0; row < height; row++) {
    const block = (((output + row) >> 6) - found.firstBlock) * perRow;
    for (let position = 0; position < positions; position++) {
      for (let input = 0; input < across; input++) {
        const mask = masks[place++];
        if (8 * input + 8 <= width) often[mask]++;
        else last[mask]++;
        inputs[input] |= mask;
        blocks[block + ((at + 8 * input) >> 6)] |= mask;
        outputs[row] |= mask;
      }
    }
  }
  return summed(found);
}

/**
 * Rows of whole words, four bytes at a time: in most models all of these bits are set, or none.
 *
 * @param {ReturnType<typeof begin>} found
 * @param {Uint8Array} masks
 * @param {number} height
 * @param {number} across words
 */
function byWords({ often, outputs, inputs, blocks, output, at, firstBlock, perRow }, masks, height, across) {
  const from = new Int32Array(masks.buffer, 0, height * across);
  const onto = new Int32Array(inputs.buffer);
  let full = 0;
  let empty = 0;
  for (let row = 0, place = 0; row < height; row++) {
    const block = (((output + row) >> 6) - firstBlock) * perRow + (at >> 6);
    let any = 0;
    for (let input = 0; input < across; input++) {
      const word = from[place++];
      if (word === 0) {
        empty += 4;
        continue;
      }
      if (word === -1) full += 4;
      else {
        often[word & 255]++;
        often[(word >>> 8) & 255]++;
        often[(word >>> 16) & 255]++;
        often[word >>> 24]++;
      }
      onto[input] |= word;
      blocks[block + (input >> 1)] |= word;
      any |= word;
    }
    outputs[row] = any ? 1 : 0;
  }
  often[0] += empty;
  often[255] += full;
}

/**
 * The same of bytes that stand output beside output: those of the same eight inputs together.
 *
 * @param {Task} task
 * @param {Uint8Array} masks
 * @param {number} height outputs
 * @param {number} width inputs
 * @param {number} output
 * @param {number} at
 */
function byColumns(task, masks, height, width, output, at) {
  const found = begin(task, width, height, output, at);
  const { outputs, inputs, blocks, perRow, firstBlock } = found;
  const four = height % 4 === 0 && output % 4 === 0; // outputs at a time
  const from = new Int32Array(masks.buffer, 0, masks.length >> 2);
  const onto = new Int32Array(outputs.buffer);
  for (let input = 0, place = 0; 8 * input < width; input++) {
    const often = 8 * input + 8 <= width ? found.often : found.last;
    const block = (at + 8 * input) >> 6;
    let any = 0;
    for (let row = 0; row < height; ) {
      const end = Math.min(height, (((output + row) >> 6) + 1) * 64 - output); // of the block
      let here = 0;
      for (; four && row < end; row += 4, place += 4) {
        const word = from[place >> 2];
        if (word === 0) {
          often[0] += 4;
          continue;
        }
        often[word & 255]++;
        often[(word >>> 8) & 255]++;
        often[(word >>> 16) & 255]++;
        often[word >>> 24]++;
        onto[row >> 2] |= word;
        here |= word;
      }
      for (; row < end; row++, place++) {
        const mask = masks[place];
        often[mask]++;
        outputs[row] |= mask;
        here |= mask;
      }
      blocks[(((output + end - 1) >> 6) - firstBlock) * perRow + block] |= here;
      any |= here;
    }
    inputs[input] = any | (any >>> 8) | (any >>> 16) | (any >>> 24);
  }
  return summed(found);
}

/**
 * @param {Task} task
 * @param {number} width
 * @param {number} height
 * @param {number} output
 * @param {number} at
 */
function begin(task, width, height, output, at) {
  const perRow = Math.ceil(task.inputs / 64);
  const firstBlock = Math.floor(output / 64);
  const down = height ? Math.floor((output + height - 1) / 64) - firstBlock + 1 : 0;
  return {
    weights: task.weights,
    rest: width % 8,
    output,
    at,
    firstBlock,
    perRow,
    often: new Uint32Array(256), // how often each byte stands there
    last: new Uint32Array(256), // and each that ends a row and is not full
    outputs: ofWords(height),
    inputs: ofWords(Math.ceil(width / 8)),
    blocks: new Int32Array(down * perRow), // not zero where a block is not
  };
}

/**
 * Bytes that can be taken four at a time.
 *
 * @param {number} length
 */
const ofWords = (length) => new Uint8Array(new ArrayBuffer(4 * Math.ceil(length / 4)), 0, length);

const SIZES = [2, 4, 8];
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest; rest >>= 1) ones += rest & 1;
  return ones;
});

/**
 * The zeros, how many groups of each size have how many nonzeros, and as bits what has one: outputs from `output` on,
 * inputs from `at`, blocks from `block`.
 *
 * @param {ReturnType<typeof begin>} found
 */
function summed(found) {
  const groups = SIZES.map((size) => new Float64Array(size + 1));
  let nonzeros = 0;
  for (let byte = 0; byte < 256; byte++) {
    for (const [times, bits] of [[found.often[byte], 8], [found.last[byte], found.rest]]) {
      if (!times) continue;
      nonzeros += times * ONES[byte];
      SIZES.forEach((size, at) => {
        for (let begin = 0; begin < bits; begin += size) {
          groups[at][ONES[(byte >> begin) & ((1 << size) - 1)]] += times;
        }
      });
    }
  }
  return {
    zeros: found.weights - nonzeros,
    groups: Float64Array.of(...groups.flatMap((each) => [...each])),
    output: found.output,
    outputs: packed(found.outputs),
    at: found.at,
    inputs: found.inputs,
    block: found.firstBlock * found.perRow,
    blocks: packed(found.blocks),
  };
}

/**
 * A bit for each that is not zero, the first one lowest.
 *
 * @param {Uint8Array | Int32Array} all
 */
function packed(all) {
  const found = new Uint8Array(Math.ceil(all.length / 8));
  for (let at = 0; at < all.length; at++) if (all[at]) found[at >> 3] |= 1 << (at & 7);
  return found;
}
