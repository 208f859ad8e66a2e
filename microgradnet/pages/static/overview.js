// All of a graph, laid out for the shape of the pane: a frame for each neuron, and in it a row for
// each of its values. Of LEVELS and layouts the first is drawn whose letters can be read.

const LETTER = 10; // the size of all text, in units
const LINE = 16; // the height of a row
const NUMBER = 62; // the width of a number
const LEVELS = [ // all: whether a neuron has a row for each value; longest: letters of a name
  { all: true, numbers: 2, longest: 18, gap: 34 },
  { all: false, numbers: 2, longest: 18, gap: 34 },
  { all: false, numbers: 1, longest: 8, gap: 22 },
];
const NEARLY = 0.9; // of the letters that can be read: smaller ones are worse than broken ranks

const places = () => data.nodes.map((_, place) => place);

/** The values in frames; the rank of a frame is the number of frames on the longest path to it. */
function frames() {
  const found = new Map();
  const frameOf = data.nodes.map(({ group }, place) => {
    const key = group || place;
    if (!found.has(key)) found.set(key, { places: [], rank: 0 });
    found.get(key).places.push(place);
    return found.get(key);
  });
  const sources = data.nodes.map(() => []);
  const users = data.nodes.map(() => []);
  for (const { from, to } of data.edges) {
    sources[to].push(from);
    users[from].push(to);
  }
  const reach = [];
  frameOf.forEach((frame, place) => {
    reach[place] = Math.max(0, ...sources[place].map((from) => reach[from] + (frameOf[from] !== frame)));
    frame.rank = Math.max(frame.rank, reach[place]);
  });
  for (const place of places().reverse()) { // a value of its own lies beside what it is used with
    const isAlone = frameOf[place].places.length === 1 && users[place].length > 0;
    if (isAlone) frameOf[place].rank = Math.min(...users[place].map((to) => frameOf[to].rank)) - 1;
  }
  const all = [...found.values()];
  const ranks = [...new Set(all.map(({ rank }) => rank))].sort((a, b) => a - b);
  return { frameOf, users, ranks: ranks.map((at) => all.filter(({ rank }) => rank === at)) };
}

/** Where each value is shown: in its own row, or in that of the value that its frame hands on. */
function placesOf({ frameOf, users }, { all }) {
  const shown = places();
  const isInside = (place) => users[place].length && users[place].every((to) => frameOf[to] === frameOf[place]);
  for (const place of all ? [] : places().reverse()) if (isInside(place)) shown[place] = shown[users[place][0]];
  return shown;
}

const cut = (name, letters) => (name.length > letters ? `${name.slice(0, letters - 1).trimEnd()}…` : name);

/** The lengths of the names, measured all at once, since a change of a text costs a layout. */
function lengthsOfNames() {
  const names = new Set(LEVELS.flatMap(({ longest }) => data.nodes.map(({ name }) => cut(name, longest))));
  const looks = { class: "title", "font-size": LETTER, "font-weight": "bold" };
  const texts = [...names].map((name) => svgElement("text", looks, name));
  const holder = svgElement("svg", {});
  holder.append(...texts);
  pane.append(holder);
  const found = new Map(texts.map((text) => [text.textContent, text.getComputedTextLength()]));
  holder.remove();
  return found;
}

/** The graph at a level: its frames, with their rows and sizes. */
function atLevel(graph, level, lengths) {
  const shown = placesOf(graph, level);
  const width = (place) => lengths.get(cut(data.nodes[place].name, level.longest)) + 10 + level.numbers * NUMBER;
  const sized = ({ places }) => {
    const rows = places.filter((place) => shown[place] === place);
    return { rows, width: Math.max(...rows.map(width)), height: rows.length * LINE };
  };
  return { ...graph, ...level, letters: LETTER, shown, ranks: graph.ranks.map((rank) => rank.map(sized)) };
}

/** The least broken layout of the most detailed level that can be read, else the one that best can. */
function layout() {
  const [graph, lengths] = [frames(), lengthsOfNames()];
  const levels = LEVELS.map((level) => atLevel(graph, level, lengths));
  const tried = [];
  for (const [parts, lines, share] of [[1, 1, 1], [1, 1, NEARLY], [MOST, 1, 1], [MOST, MOST, 1]]) {
    for (const level of levels) {
      tried.push(laidOut(level, parts, lines));
      if (whole(tried.at(-1)) >= share * readable(tried.at(-1))) return tried.at(-1);
    }
  }
  return tried.reduce((a, b) => (whole(b) > whole(a) ? b : a));
}

/** The row of a value: its name, its number, its gradient; or its number on the colour of that. */
function rowOf(place, { numbers, longest }, { x, y, width }) {
  const { name, role } = data.nodes[place];
  const group = svgElement("g", { class: `node ${role}` });
  const cell = (kind, left, right) =>
    svgElement("rect", { class: kind, x: left, y, width: right - left, height: LINE, fill: "none" });
  const text = (kind, at, anchor, content = "") =>
    svgElement("text", { class: kind, x: at, y: y + 0.73 * LINE, "text-anchor": anchor, "font-size": LETTER }, content);
  const right = x + width;
  const [first, last] = [right - numbers * NUMBER, right - NUMBER];
  const title = text("title", x + 5, "start", cut(name, longest));
  title.setAttribute("font-weight", "bold");
  const [value, grad] = [text("data", first + NUMBER - 4, "end"), text("grad", right - 4, "end")];
  group.append(cell("body", x, right), cell("title-cell", x, first), cell("grad-cell", last, right), title, value);
  group.append(...(numbers > 1 ? [grad] : []), cell("border", x, right));
  interactive(group, place);
  const [room, size] = [NUMBER - 6, LETTER];
  return { group, ports: [], data: { text: value, room, size }, grad: { text: grad, room, size } };
}

/** An edge between two rows: bent where the second lies ahead of the first, else straight. */
function edgeBetween(from, to, isAcross) {
  const [a, b] = isAcross
    ? [[from.x + from.width, from.y + LINE / 2], [to.x, to.y + LINE / 2]]
    : [[from.x + from.width / 2, from.bottom], [to.x + to.width / 2, to.top]];
  const ahead = Math.max(0, isAcross ? b[0] - a[0] : b[1] - a[1]) / 2;
  const [dx, dy] = isAcross ? [ahead, 0] : [0, ahead];
  const group = svgElement("g", { class: "edge" });
  group.append(svgElement("path", { d: `M${a}C${a[0] + dx} ${a[1] + dy} ${b[0] - dx} ${b[1] - dy} ${b}`, fill: "none" }));
  return group;
}

/** Draw all of the graph for the pane as it is. */
function overview() {
  const { at, graph, isAcross, ...size } = stretched(layout());
  const { frameOf, shown } = graph;
  const rows = [];
  for (const [{ rows: held, width, height }, { x, y }] of at) {
    held.forEach((place, i) => (rows[place] = { x, y: y + i * LINE, width, top: y, bottom: y + height }));
  }
  const nodes = data.nodes.map((_, place) => (rows[place] ? [rowOf(place, graph, rows[place])] : []));
  const edges = data.edges.map(({ from, to }) =>
    frameOf[from] === frameOf[to] ? [] : [edgeBetween(rows[shown[from]], rows[shown[to]], isAcross)],
  );
  const box = [-MARGIN_OF_ALL, -MARGIN_OF_ALL, size.width, size.height].join(" ");
  const svg = svgElement("svg", { class: "overview", viewBox: box, role: "group" });
  svg.append(...edges.flat(), ...nodes.flat().map(({ group }) => group));
  pane.append(svg);
  return { svg, ...size, nodes, edges, shown: (place) => shown[place] };
}

const shownAnew = () => paint();

/** All of the graph where the picture cannot be read if it is fitted, and where it is to be fitted. */
const overviewNow = (view) => (looking.whole ? drawnNow(overview) : view);
