// The pictures that Graphviz has drawn: their values, cells and edges found.

/** In a folded view, a chain of like steps is one box: that of its last value. */
const standIn = new Map(data.folds.flatMap(({ node, inside }) => inside.map((place) => [place, node])));
const foldAt = new Map(data.folds.map((fold) => [fold.node, fold]));

/** Find the values, the cells and the edges of a picture that Graphviz has drawn. */
function view(svg) {
  const nodes = data.nodes.map(() => []);
  const edges = data.edges.map(() => []);
  const free = new Map();
  const isFolded = svg.classList.contains("folded");
  const shown = (place) => (isFolded ? (standIn.get(place) ?? place) : place);
  data.edges.forEach((edge, k) => {
    const ends = `${shown(edge.from)}>${shown(edge.to)}`;
    free.set(ends, [...(free.get(ends) ?? []), k]);
  });
  for (const group of svg.querySelectorAll("g.node")) {
    const place = Number(/^n(\d+)/.exec(group.querySelector("title").textContent)[1]);
    nodes[place].push(nodeIn(group, place, isFolded));
  }
  for (const group of svg.querySelectorAll("g.edge")) {
    const ends = /^n(\d+).*?->n(\d+)/.exec(group.querySelector("title").textContent);
    const left = ends && free.get(`${ends[1]}>${ends[2]}`);
    if (left?.length) edges[left.shift()].push(group);
  }
  for (const title of svg.querySelectorAll("title")) title.remove();
  svg.setAttribute("role", "group"); // not one image: its leaves are buttons
  return { ...bared(svg), nodes, edges, isFolded, shown };
}

function nodeIn(group, place, isFolded) {
  const found = { group, ports: [], computed: !leafOf.has(place) };
  const border = group.querySelector("polygon[fill=none]");
  const body = group.querySelector("polygon:not([fill=none])");
  body.classList.add("body");
  border.classList.add("border");
  group.classList.add(data.nodes[place].role);
  const right = Math.max(...corners(border).map(([x]) => x));
  for (const text of group.querySelectorAll("text")) {
    const cell = text.previousElementSibling;
    const boxed = cell?.tagName === "polygon" && cell !== border && cell !== body;
    const kind = kindOf(text, found);
    text.classList.add(kind);
    if (boxed) cell.classList.add(`${kind}-cell`);
    text.removeAttribute("fill");
    if (kind === "port") found.ports.push(centred(text, cell));
    if (kind === "badge") found.badge = [text, cell];
    if (kind === "title") found.title = text;
    if (kind === "data" || kind === "grad") {
      const label = text.previousElementSibling.tagName === "polygon" ? cell.previousElementSibling : cell;
      found[kind] = atRight(text, right - 5, Number(label.getAttribute("x")) + 23);
    }
  }
  nameAs(data.nodes[place].name, found);
  group.append(border); // above the cells
  interactive(group, place, isFolded ? foldAt.get(place) : undefined);
  return found;
}

/** Show the name that steps and formulas have for a value, where it has none of its own. */
function nameAs(name, { title, badge }) {
  if (title && /^[Σ·]$/.test(title.textContent.trim())) title.textContent = name;
  else if (!title && badge) put({ ...centred(...badge), size: 11 }, `${name}: ${badge[0].textContent.trim()}`);
}

function kindOf(text, found) {
  const small = Number(text.getAttribute("font-size")) < 10;
  const content = text.textContent.trim();
  if (small) return content === "data" || content === "grad" ? "label" : "port";
  if (text.getAttribute("font-weight") === "bold") {
    const first = !found.head;
    found.head = true;
    return first && found.computed ? "badge" : "title";
  }
  return found.data ? "grad" : "data";
}

function centred(text, cell) {
  const xs = corners(cell).map(([x]) => x);
  text.setAttribute("text-anchor", "middle");
  text.setAttribute("x", (Math.min(...xs) + Math.max(...xs)) / 2);
  return { text, room: Math.max(...xs) - Math.min(...xs) - 4, size: 9 };
}

function atRight(text, x, left) {
  text.setAttribute("text-anchor", "end");
  text.setAttribute("x", x);
  return { text, room: x - left, size: 11 };
}

/** Write a number where there is room for it, in smaller letters if need be. */
function put(place, content) {
  if (place.text.textContent === content) return;
  place.text.textContent = content;
  const needed = content.length * place.size * 0.56;
  place.text.setAttribute("font-size", place.size * Math.min(1, place.room / (needed || 1)));
}

/** A press chooses a value, or opens a folded chain; leaves and chains are reached by keyboard. */
function interactive(group, place, fold) {
  const press = () => (fold ? foldAll(false) : select(state.selected === place ? null : place));
  group.addEventListener("click", () => dragged() || press());
  if (!fold && !leafOf.has(place)) return;
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "button");
  if (fold) {
    group.setAttribute("aria-expanded", "false");
    group.setAttribute("aria-label", says("unfold", fold));
    group.classList.add("fold");
  }
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    press();
  });
}

/** Show each chain of like steps as one box, or all of its values. */
function foldAll(folded) {
  looking.folded = folded;
  sayFolds(folded);
  byId("folds").setAttribute("aria-pressed", folded);
  fit();
  revealNow();
}

const views = [...document.querySelectorAll("#pane > svg")].map(view);

/** Say on the button how many values the picture leaves out, if it does. */
function sayFolds(folded) {
  const n = data.folds.reduce((sum, { inside }) => sum + inside.length, 0);
  byId("folds").textContent = says("folds") + (folded ? says("folds_left_out", { n }) : "");
}

if (data.folds.length) {
  sayFolds(true);
  byId("folds").hidden = false;
  byId("folds").addEventListener("click", () => foldAll(!looking.folded));
}
