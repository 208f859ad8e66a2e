// The boxes of a picture of Graphviz: their legend, and where the picture is too large for the pane, laid
// out for its shape. The page has `shownAnew`, which marks in a new view what is chosen.

const GAP = { gap: 16, between: 40 }; // between ranks, and between columns
const FITTED = 8; // pixels of letters that a fitted picture has at least; on a telephone it is readable
const ROUND = 12; // how far beside a box an edge goes round it
const data = JSON.parse(byId("data").textContent);
const pictures = [...document.querySelectorAll("#pane > svg")];
const buttons = [...document.querySelectorAll("nav button")];
const texts = [...pictures[0].querySelectorAll(":scope > g > text")];
const legend = texts.flatMap(({ textContent }) => textContent.split(/;\s+/)).map((text) => text.trim());
byId("legend").replaceChildren(
  ...legend.filter(Boolean).map((text) => Object.assign(document.createElement("li"), { textContent: text })),
);

/** The groups of a kind with their names; the names would be shown as tips. */
function named(svg, kind) {
  return [...svg.querySelectorAll(`g.${kind}`)].map((group) => {
    const title = group.querySelector("title");
    title.remove();
    return [title.textContent, group];
  });
}

/** The boxes of a picture, and its edges. */
function boxesOf(svg) {
  const boxes = new Map(
    named(svg, "node").map(([name, group]) => {
      const points = [...group.querySelectorAll("polygon")].flatMap(corners);
      const [[left, right], [top, bottom]] = [0, 1].map((i) => {
        const sides = points.map((point) => point[i]);
        return [Math.min(...sides), Math.max(...sides)];
      });
      return [name, { group, x: left, y: top, width: right - left, height: bottom - top }];
    }),
  );
  const links = named(svg, "edge").map(([name, group]) => {
    const [from, to] = name.split("->").map((end) => boxes.get(end.split(":")[0]));
    const [, [x, y]] = corners(group.querySelector("polygon")); // the tip of its head
    return { group, from, to, tip: [x - to.x, y - to.y] };
  });
  for (const title of svg.querySelectorAll("g > title")) title.remove();
  return { boxes: [...boxes.values()], links, isDown: links.every(({ from, to }) => from.y < to.y) };
}

/** The boxes by rank: each behind all that lead to it, and one that none leads to beside its use. */
function ranksOf({ boxes, links }) {
  const rank = new Map(boxes.map((box) => [box, 0]));
  for (let more = boxes.length; more > 0; more--) {
    for (const { from, to } of links) if (from !== to) rank.set(to, Math.max(rank.get(to), rank.get(from) + 1));
  }
  for (const box of boxes) {
    const users = links.filter(({ from }) => from === box).map(({ to }) => rank.get(to));
    if (users.length && !links.some(({ to }) => to === box)) rank.set(box, Math.min(...users) - 1);
  }
  const middle = ({ x, y, width, height }) => x + y + (width + height) / 2; // in order across and down
  const sorted = [...boxes].sort((a, b) => middle(a) - middle(b));
  const levels = [...new Set(rank.values())].sort((a, b) => a - b);
  return levels.map((level) => sorted.filter((box) => rank.get(box) === level));
}

/** The boxes laid out for the pane; where they cannot be read so, as narrow as it if they can be, and long. */
function moved() {
  const graphs = views.filter((view) => !view.drawnFor).map((view) => ({ ...GAP, view, letters: view.letters, ranks: ranksOf(view) }));
  const down = graphs.filter(({ view }) => view.isDown); // their edges end at cells
  const largest = (down.length ? down : graphs)
    .map((graph) => laidOut(graph, MOST, MOST, [false]))
    .reduce((a, b) => (whole(b) > whole(a) ? b : a));
  const isFitted = looking.whole && !NARROW.matches;
  if (whole(largest) >= (isFitted ? FITTED / largest.letters : readable(largest))) return redrawn(largest);
  const counted = Array.from({ length: MOST }, (_, k) => k + 1);
  const long = [...new Set([...down, ...graphs])].map((graph) =>
    counted.flatMap((n) => counted.map((k) => ({ ...placed(graph, false, n, k), graph, isLong: true }))),
  );
  const least = (side, made) => made.reduce((a, b) => (b[side] < a[side] ? b : a));
  const narrow = long.map((made) => made.filter(({ width, letters }) => (width + ROUND) * readable({ letters }) < pane.clientWidth));
  const fitting = narrow.find((made) => made.length);
  return redrawn(fitting ? least("height", fitting) : least("width", long.flat()));
}

/** A picture with its boxes where a layout has them. */
function redrawn({ at, graph, width, height, letters, isLong = false }) {
  const frames = new Map([...at].map(([box, { x, y }]) => [box, { ...box, x, y, right: x + box.width, bottom: y + box.height }]));
  const view = [-MARGIN_OF_ALL, -MARGIN_OF_ALL, width + ROUND, height].join(" ");
  const svg = svgElement("svg", { viewBox: view, role: "group" });
  svg.append(...graph.view.links.map((link, k) => edgeAt(link, frames.get(link.from), frames.get(link.to), [...frames.values()], k)));
  for (const [box, { x, y }] of at) {
    const group = box.group.cloneNode(true);
    group.setAttribute("transform", `translate(${x - box.x} ${y - box.y})`);
    svg.append(group);
  }
  pane.append(svg);
  return { svg, width: width + ROUND, height, letters, isLong };
}

/** An edge between two boxes as they lie: the first way that no other box hides, else the least hidden. */
function edgeAt({ group, tip }, a, b, frames, k) {
  const beside = LEAST_BESIDE + 2 * (k % 7); // edges side by side can be told apart
  const others = frames.filter((frame) => frame.group !== a.group && frame.group !== b.group);
  const hides = (point) => others.some((frame) => isIn(frame, point));
  let [least, fewest] = [null, Infinity];
  for (const waysBetween of frames.length > MANY ? [curvesBetween] : [curvesBetween, bentBetween]) {
    for (const way of waysBetween(a, b, endsOf(a, b, tip), others, beside)) {
      const hidden = pointsOf(way).filter(hides).length;
      if (hidden < fewest) [least, fewest] = [way, hidden];
      if (!hidden) return drawnAlong(group, way);
    }
  }
  return drawnAlong(group, least);
}

const STEPS = Array.from({ length: 30 }, (_, k) => k / 30); // along a curve
const NEAR = 3; // as near to a box as an edge may pass
const MANY = 60; // boxes, for which all ways between them would take seconds
const LEAST_BESIDE = 5; // how far from a box an edge goes along it
const CORNER = 8; // the radius of a bend
const isIn = ({ x, y, right, bottom }, [px, py]) => px > x - NEAR && px < right + NEAR && py > y - NEAR && py < bottom + NEAR;

/** Points along a way: a list of curves, each of them with two points between its ends. */
function pointsOf(way) {
  const curves = Array.from({ length: (way.length - 1) / 3 }, (_, k) => way.slice(3 * k, 3 * k + 4));
  const weights = (t) => [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
  const mixed = (curve, t) => [0, 1].map((i) => weights(t).reduce((sum, weight, k) => sum + weight * curve[k][i], 0));
  return curves.flatMap((curve) => STEPS.map((t) => mixed(curve, t)));
}

/** Where an edge between two boxes begins, in the middle of one, and what it leads to in the other. */
const endsOf = (a, b, tip) => [
  (a.x + a.right) / 2,
  (a.y + a.bottom) / 2,
  b.x + (tip[0] > 1 && tip[0] < b.width - 1 ? tip[0] : b.width / 2), // it is of a cell
  b.y + (tip[1] > 1 && tip[1] < b.height - 1 ? tip[1] : b.height / 2),
];

/** The curves from one box to another: down, from side to side, down to a side, round what is between. */
function* curvesBetween(a, b, [x1, y1, x2, y2], others, beside) {
  const isBelow = a.bottom <= b.y;
  const middle = (a.bottom + b.y) / 2;
  if (isBelow) yield [[x1, a.bottom], [x1, middle], [x2, middle], [x2, b.y]];
  const [start, end] = b.x > a.right ? [a.right, b.x] : [a.x, b.right];
  const half = (start + end) / 2;
  if (b.x > a.right || b.right < a.x) yield [[start, y1], [half, y1], [half, y2], [end, y2]];
  const near = x1 > x2 ? b.right : b.x;
  if (isBelow && (x1 > b.right || x1 < b.x)) yield [[x1, a.bottom], [x1, y2], [(x1 + near) / 2, y2], [near, y2]];
  const isOver = ({ x, right }) => x < Math.max(a.right, b.right) && right > Math.min(a.x, b.x);
  const isBetween = ({ y, bottom }) => y < Math.max(y1, y2) && bottom > Math.min(y1, y2);
  const passed = [a, b, ...others.filter((frame) => isOver(frame) && isBetween(frame))];
  const round = Math.max(...passed.map(({ right }) => right)) + beside;
  const last = Math.max(...[a, b, ...others].map(({ right }) => right)) + ROUND;
  for (const more of [1 / 3, 2 / 3]) {
    const out = Math.min(round + Math.min(round - a.right, round - b.right) * more, last);
    yield [[a.right, y1], [out, y1], [out, y2], [b.right, y2]];
  }
}

/** The ways from one box to another along the sides of all: between columns, between rows, or both. */
function* bentBetween(a, b, [x1, y1, x2, y2], others, beside) {
  const all = [a, b, ...others];
  const first = Math.min(...all.map(({ x }) => x)); // left of it the picture ends
  const sides = new Set(all.flatMap(({ x, right }) => [right + beside, x - beside]));
  const across = byLength([...sides].filter((x) => x > first), x1, x2);
  const leave = (box, x) => (x > box.right ? box.right : box.x);
  const columns = across.filter((x) => [a, b].every((box) => x > box.right || x < box.x));
  for (const x of columns) yield bent([leave(a, x), y1], [x, y1], [x, y2], [leave(b, x), y2]);
  const rows = all.map(({ bottom }) => bottom + CORNER).filter((y) => y > a.bottom && y < b.y);
  for (const y of byLength(rows, a.bottom, b.y)) yield bent([x1, a.bottom], [x1, y], [x2, y], [x2, b.y]);
  const [under, above] = [a.bottom + CORNER, b.y - CORNER];
  for (const x of across) yield bent([x1, a.bottom], [x1, under], [x, under], [x, above], [x2, above], [x2, b.y]);
}

/** Places on the way from p to q, those first that are on the shortest. */
const byLength = (places, p, q) => [...places].sort((r, s) => Math.abs(r - p) + Math.abs(r - q) - Math.abs(s - p) - Math.abs(s - q));

/** A way along straight lines with round corners. */
function bent(...points) {
  const toward = (from, to) => {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const share = length ? Math.min(CORNER, length / 2) / length : 0;
    return [0, 1].map((i) => from[i] + (to[i] - from[i]) * share);
  };
  const way = [points[0]];
  for (const [k, corner] of points.entries()) {
    if (k === 0 || k === points.length - 1) continue;
    const [before, after] = [toward(corner, points[k - 1]), toward(corner, points[k + 1])];
    way.push(way.at(-1), before, before, corner, corner, after);
  }
  return [...way, way.at(-1), points.at(-2), points.at(-1)];
}

/** An edge of Graphviz drawn along a way, with its head. */
function drawnAlong(group, way) {
  const edge = group.cloneNode(true);
  const [second, end] = way.slice(-2);
  const [dx, dy] = [end[0] - second[0], end[1] - second[1]];
  const size = 6 / (Math.hypot(dx, dy) || 1);
  const [ahead, beside] = [[dx * size, dy * size], [-dy * size * 0.4, dx * size * 0.4]];
  const foot = [0, 1].map((i) => end[i] - ahead[i]);
  for (const path of edge.querySelectorAll("path")) path.setAttribute("d", `M${way[0]}C${[...way.slice(1, -1), foot].join(" ")}`);
  const sides = [1, -1].map((side) => [foot[0] + side * beside[0], foot[1] + side * beside[1]]);
  for (const head of edge.querySelectorAll("polygon")) head.setAttribute("points", [sides[0], end, sides[1]].join(" "));
  return edge;
}

const views = pictures.map((svg) => ({ ...boxesOf(svg), ...bared(svg) }));

const KEYS = { "+": () => zoom(1.25), "-": () => zoom(1 / 1.25), 0: showWhole, 1: showReadable };
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
