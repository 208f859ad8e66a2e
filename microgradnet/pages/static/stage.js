// Boxes in ranks, laid out for the shape of the pane: `ranks` of a graph has those of each, with their
// width and height; `gap` is the space between ranks, `letters` the size of the smallest letters.

const NEXT = 9; // between the frames of a rank
const MOST = 8; // parts of a rank, and lines
const MARGIN_OF_ALL = 8;
const STRETCHED = 1.8; // at most, where there is room

const total = (numbers, gap) => numbers.reduce((sum, n) => sum + n + gap, -gap);

/** Break a sequence into runs whose sizes, with a gap between two, sum up to so much at most. */
function runsOf(sequence, size, gap, most) {
  const found = [];
  let sum = 0;
  for (const one of sequence) {
    const more = gap + size(one);
    const fits = found.length && sum + more < most + 0.01;
    if (fits) found.at(-1).push(one);
    else found.push([one]);
    sum = fits ? sum + more : more - gap;
  }
  return found;
}

/** Break a sequence into k runs, of which the largest is as small as it can be. */
function balanced(sequence, size, gap, k) {
  const whole = total(sequence.map(size), gap);
  for (let most = whole / k; ; most += whole / 50) {
    const runs = runsOf(sequence, size, gap, most);
    if (runs.length <= k) return runs;
  }
}

/** Place the ranks left to right or top to bottom, one broken into n parts, and all into k lines. */
function placed({ ranks, gap, letters, between = 2 * NEXT }, isAcross, n, k) {
  const [along, side] = isAcross ? ["width", "height"] : ["height", "width"];
  const sideOf = (rank) => total(rank.map((frame) => frame[side]), NEXT);
  const alongOf = (rank) => Math.max(...rank.map((frame) => frame[along]));
  const lengthOf = (line) => total(line.map(alongOf), gap);
  const most = Math.max(...ranks.map(sideOf)) / n;
  const parts = ranks.flatMap((rank) => runsOf(rank, (frame) => frame[side], NEXT, most));
  const lines = balanced(parts, alongOf, gap, k);
  const at = new Map();
  let start = 0;
  for (const line of lines) {
    const highest = Math.max(...line.map(sideOf));
    let ahead = 0;
    for (const part of line) {
      let beside = start + (highest - sideOf(part)) / 2;
      for (const frame of part) {
        const middle = ahead + (alongOf(part) - frame[along]) / 2;
        at.set(frame, isAcross ? { x: middle, y: beside } : { x: beside, y: middle });
        beside += frame[side] + NEXT;
      }
      ahead += alongOf(part) + gap;
    }
    start += highest + between;
  }
  const sizes = { [along]: Math.max(...lines.map(lengthOf)), [side]: start - between };
  const [width, height] = [sizes.width, sizes.height].map((size) => size + 2 * MARGIN_OF_ALL);
  return { at, isAcross, width, height, letters };
}

/** Move the frames of a layout apart where the pane has room. */
function stretched({ at, ...size }) {
  const pixels = whole(size);
  const by = (side, room) => Math.min(STRETCHED, Math.max(1, (room / pixels - 2 * MARGIN_OF_ALL) / (side - 2 * MARGIN_OF_ALL)));
  const [wider, higher] = [by(size.width, pane.clientWidth - 1), by(size.height, pane.clientHeight - 1)];
  const apart = (start, length, factor) => start * factor + (length * (factor - 1)) / 2;
  for (const [{ width, height }, place] of at) {
    Object.assign(place, { x: apart(place.x, width, wider), y: apart(place.y, height, higher) });
  }
  const side = (length, factor) => (length - 2 * MARGIN_OF_ALL) * factor + 2 * MARGIN_OF_ALL;
  return { ...size, at, width: side(size.width, wider), height: side(size.height, higher) };
}

/** The layout with the largest letters: a rank in so many parts at most, and all in so many lines. */
function laidOut(graph, parts, lines, ways = [true, false]) {
  let best = placed(graph, ways[0], 1, 1);
  for (let n = 1; n <= parts; n++) {
    for (let k = 1; k <= lines; k++) {
      for (const isAcross of ways) {
        const other = placed(graph, isAcross, n, k);
        if (whole(other) > 1.001 * whole(best)) best = other;
      }
    }
  }
  return { ...best, graph };
}

/** The view that `draw` makes for the pane as it is, anew where the pane has another size. */
function drawnNow(draw) {
  const drawnFor = `${pane.clientWidth} ${pane.clientHeight} ${looking.whole}`;
  const k = views.findIndex((view) => view.drawnFor);
  if (views[k]?.drawnFor === drawnFor) return views[k];
  if (k >= 0) views.splice(k, 1)[0].svg.remove();
  views.push({ ...draw(), drawnFor });
  shownAnew();
  return views.at(-1);
}
