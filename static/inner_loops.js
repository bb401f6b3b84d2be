// The inner loops of long computations, in a worker beside the page: what Python would take many times as long for.
//
// The page starts it when it is first needed, and does without it where it cannot (app/browser/inner_loops.py). Python is
// the reference: for each job here it has a function that finds the same, and a test holds both to each other.
//
//   page -> worker   { job: NAME, data: { … } }       one at a time
//   worker -> page   { progress: SHARE }              now and then
//                    { result: { … } } or { error: TEXT }
//
// To stop it, the page terminates the worker.
"use strict";

const TELL_MS = 100;

/** @type {Record<string, (data: any, tell: (share: number) => void) => object>} */
const JOBS = { "mean-distances": meanDistances, "k-means": kMeans };

onmessage = ({ data: { job, data } }) => {
  let last = performance.now();
  const tell = (/** @type {number} */ share) => {
    const now = performance.now();
    if (now - last < TELL_MS) return;
    last = now;
    postMessage({ progress: share });
  };
  try {
    postMessage({ result: JOBS[job](data, tell) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};

/**
 * The mean Euclidean distances of some points to their own cluster and to the nearest other one: `_euclidean` of
 * app/calculators/silhouette/distances.py, which says what is left out and why. Sums are compensated (Kahan), so that
 * they differ from Python's by the rounding of a distance.
 *
 * `points` are the coordinates of the clusters one after another, `width` to a point, each cluster from its place in
 * `starts` to the next; `centres` are theirs. `which` are the points to be measured, by their place.
 *
 * @param {{ points: Float64Array, width: number, starts: Int32Array, centres: Float64Array, which: Int32Array,
 *   slack: number, rounding: number }} data
 * @param {(share: number) => void} tell
 */
function meanDistances({ points, width, starts, centres, which, slack, rounding }, tell) {
  const clusters = starts.length - 1;
  const own = new Float64Array(which.length);
  const other = new Float64Array(which.length);
  const nearest = new Int32Array(which.length);
  const point = new Float64Array(width);
  const bounds = new Float64Array(clusters);
  const found = new Float64Array(clusters);

  function sum(/** @type {number} */ cluster) {
    let total = 0;
    let lost = 0;
    let place = starts[cluster] * width;
    for (let left = starts[cluster + 1] - starts[cluster]; left; left--) {
      let square = 0;
      for (let axis = 0; axis < width; axis++) {
        const gap = points[place++] - point[axis];
        square += gap * gap;
      }
      const distance = Math.sqrt(square) - lost;
      const next = total + distance;
      lost = next - total - distance;
      total = next;
    }
    return total;
  }

  for (let at = 0; at < which.length; at++) {
    tell(at / which.length);
    point.set(points.subarray(which[at] * width, (which[at] + 1) * width));
    let mine = 0;
    while (starts[mine + 1] <= which[at]) mine++;
    const size = starts[mine + 1] - starts[mine];
    own[at] = size > 1 ? sum(mine) / (size - 1) : NaN;
    let first = -1;
    for (let cluster = 0; cluster < clusters; cluster++) {
      let square = 0;
      for (let axis = 0; axis < width; axis++) {
        const gap = centres[cluster * width + axis] - point[axis];
        square += gap * gap;
      }
      bounds[cluster] = (Math.sqrt(square) - slack) * (1 - rounding);
      if (cluster !== mine && (first < 0 || bounds[cluster] < bounds[first])) first = cluster;
    }
    found.fill(Infinity);
    let smallest = (found[first] = sum(first) / (starts[first + 1] - starts[first]));
    for (let cluster = 0; cluster < clusters; cluster++) {
      if (cluster === mine || cluster === first || bounds[cluster] > smallest) continue;
      found[cluster] = sum(cluster) / (starts[cluster + 1] - starts[cluster]);
      smallest = Math.min(smallest, found[cluster]);
    }
    other[at] = smallest;
    nearest[at] = found.findIndex((mean) => mean * (1 - rounding) <= smallest);
  }
  return { own, other, nearest };
}

/**
 * The best of several k-means clusterings: `k_means` of app/calculators/silhouette/k_means.py, which says how. Both add
 * and multiply the same numbers in the same order, so that they find the same clusters to the bit.
 *
 * `points` are coordinates, `width` to a point.
 *
 * @param {{ points: Float64Array, width: number, k: number, seed: number, starts: number, most: number,
 *   tolerance: number }} data
 * @param {(share: number) => void} tell
 */
function kMeans({ points, width, k, seed, starts, most, tolerance }, tell) {
  const size = points.length / width;
  const centres = new Float64Array(k * width);
  const moved = new Float64Array(k * width);
  const counts = new Int32Array(k);
  const squares = new Float64Array(size);
  let labels = new Int32Array(size);
  let before = new Int32Array(size);
  let best = { labels: new Int32Array(0), inertia: Infinity };

  // George Marsaglia, "Xorshift RNGs", J. Stat. Softw. 8 (14), 2003: between 0 and 1.
  function chance() {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) / 2 ** 32;
  }

  function square(/** @type {number} */ point, /** @type {number} */ centre) {
    let total = 0;
    for (let axis = 0; axis < width; axis++) {
      const gap = points[point * width + axis] - centres[centre * width + axis];
      total += gap * gap;
    }
    return total;
  }

  function place(/** @type {number} */ centre, /** @type {number} */ point) {
    centres.set(points.subarray(point * width, (point + 1) * width), centre * width);
  }

  // Whether there were k different points to begin with.
  function begin() {
    place(0, Math.floor(chance() * size));
    squares.fill(Infinity);
    for (let centre = 1; centre < k; centre++) {
      let total = 0;
      for (let point = 0; point < size; point++) {
        squares[point] = Math.min(squares[point], square(point, centre - 1));
        total += squares[point];
      }
      if (!total) return false;
      const aim = chance() * total;
      let sum = squares[0];
      let point = 0;
      while (sum <= aim) sum += squares[++point];
      place(centre, point);
    }
    return true;
  }

  function assign() {
    for (let point = 0; point < size; point++) {
      let least = square(point, 0);
      let label = 0;
      for (let centre = 1; centre < k; centre++) {
        const distance = square(point, centre);
        if (distance < least) {
          least = distance;
          label = centre;
        }
      }
      squares[point] = least;
      labels[point] = label;
    }
  }

  // How far the centres went, as a sum of squares.
  function update() {
    moved.fill(0);
    counts.fill(0);
    for (let point = 0; point < size; point++) {
      const label = labels[point];
      counts[label]++;
      for (let axis = 0; axis < width; axis++) moved[label * width + axis] += points[point * width + axis];
    }
    let shift = 0;
    for (let centre = 0; centre < k; centre++) {
      // A centre without points goes to the point that lies farthest from its own.
      let far = 0;
      if (!counts[centre]) {
        for (let point = 1; point < size; point++) if (squares[point] > squares[far]) far = point;
        squares[far] = 0;
      }
      for (let axis = 0; axis < width; axis++) {
        const at = centre * width + axis;
        const goal = counts[centre] ? moved[at] / counts[centre] : points[far * width + axis];
        const gap = goal - centres[at];
        shift += gap * gap;
        centres[at] = goal;
      }
    }
    return shift;
  }

  for (let start = 0; start < starts; start++) {
    if (!begin()) return { labels: new Int32Array(0), inertia: 0 };
    assign();
    for (let round = 0; round < most; round++) {
      tell((start + round / most) / starts);
      const shift = update();
      [labels, before] = [before, labels];
      assign();
      if (shift <= tolerance || labels.every((label, point) => label === before[point])) break;
    }
    let inertia = 0;
    for (let point = 0; point < size; point++) inertia += squares[point];
    if (inertia < best.inertia) best = { labels: labels.slice(), inertia };
  }
  return best;
}
