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
  svg.append(...graph.view.links.map((link) => edgeAt(link, frames.get(link.from), frames.get(link.to), [...frames.values()])));
  for (const [box, { x, y }] of at) {
    const group = box.group.cloneNode(true);
    group.setAttribute("transform", `translate(${x - box.x} ${y - box.y})`);
    svg.append(group);
  }
  pane.append(svg);
  return { svg, width: width + ROUND, height, letters, isLong };
}

/** An edge between two boxes as they lie: down, from side to side, or round what is between. */
function edgeAt({ group, tip }, a, b, frames) {
  const [x1, y1] = [(a.x + a.right) / 2, (a.y + a.bottom) / 2];
  const [x2, y2] = [
    b.x + (tip[0] > 1 && tip[0] < b.width - 1 ? tip[0] : b.width / 2), // it is of a cell
    b.y + (tip[1] > 1 && tip[1] < b.height - 1 ? tip[1] : b.height / 2),
  ];
  const others = frames.filter((frame) => frame.group !== a.group && frame.group !== b.group);
  const between = others.filter(({ y, bottom }) => y < b.y && bottom > a.bottom);
  const crossed = ({ x, right }) => x < Math.max(x1, x2) && right > Math.min(x1, x2);
  if (a.bottom <= b.y && !between.some(crossed)) {
    const bend = (b.y - a.bottom) / 2;
    return drawnAlong(group, [x1, a.bottom], [x1, a.bottom + bend], [x2, b.y - bend], [x2, b.y]);
  }
  if (b.x > a.right || b.right < a.x) {
    const [start, end] = b.x > a.right ? [a.right, b.x] : [a.x, b.right];
    const bend = (end - start) / 2;
    return drawnAlong(group, [start, y1], [start + bend, y1], [end - bend, y2], [end, y2]);
  }
  const column = [...between, a, b].filter(({ x, right }) => x < Math.max(a.right, b.right) && right > Math.min(a.x, b.x));
  const round = Math.max(...column.map(({ right }) => right)) + ROUND;
  const out = round + Math.min(round - a.right, round - b.right) / 3;
  return drawnAlong(group, [a.right, y1], [out, y1], [out, y2], [b.right, y2]);
}

/** An edge of Graphviz drawn along a curve, with its head. */
function drawnAlong(group, start, first, second, end) {
  const edge = group.cloneNode(true);
  const [dx, dy] = [end[0] - second[0], end[1] - second[1]];
  const size = 6 / (Math.hypot(dx, dy) || 1);
  const [ahead, beside] = [[dx * size, dy * size], [-dy * size * 0.4, dx * size * 0.4]];
  const foot = [0, 1].map((i) => end[i] - ahead[i]);
  for (const path of edge.querySelectorAll("path")) path.setAttribute("d", `M${start}C${first} ${second} ${foot}`);
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
