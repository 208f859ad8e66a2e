// A cell under the pointer shows its numbers, a chosen one the chain rule of its weight.

const says = (word, values) => data.words[word].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const heats = () => [...pane.querySelectorAll("[data-id]")].filter((g) => data.cells[g.dataset.id]);
const number = (x) => pictured(SPECIAL[x] ?? x);
const factor = (x) => (x < 0 ? `(${number(x)})` : number(x));
let chosen = null; // layer, row, column

/** The array of a heat map, its layer, and the place of a pointer in it. */
function at(heat, event) {
  const [k, kind] = data.cells[heat.dataset.id];
  const rows = data.layers[k][kind];
  const box = heat.querySelector("image").getBoundingClientRect();
  const part = (x, size, n) => Math.min(n - 1, Math.max(0, Math.floor((x / size) * n)));
  const i = part(event.clientY - box.top, box.height, rows.length);
  return { k, kind, i, j: part(event.clientX - box.left, box.width, rows[0].length) };
}

/** The numbers of one cell in words. */
function described({ k, kind, i, j }) {
  const layer = data.layers[k];
  const plain = kind.replace("∂", "");
  const values = { value: number(layer[plain][i][j]), grad: number(layer[`∂${plain}`][i][j]), row: layer.rows[i] };
  if (plain === "W") return says("cell_weight", { ...values, name: layer.names[i][j], column: layer.columns[j] });
  return says(plain === "b" ? "cell_bias" : "cell_output", values);
}

/** A sum of products, in symbols and in numbers, one term a line, then its value. */
function summed(name, symbols, numbers, total) {
  const terms = numbers.map((text, k) => (k ? text.replace(/^−\S+/, "($&)") : text)); // no "+ −"
  const sides = [symbols, terms, [number(total)]].map((side) => side.join("\n  + "));
  return `${name}\n  = ${sides.join("\n  = ")}`;
}

/** How large the two factors of a gradient are among those of the layer, of one sample. */
function ranked(layer, i, j, derivative) {
  const rank = (numbers, k) => 1 + numbers.filter((x) => Math.abs(x) > Math.abs(numbers[k])).length;
  const sums = layer["∂z"].map(([grad]) => grad);
  const places = { i: rank(sums, i), n: sums.length, j: rank(layer.x[0], j), m: layer.x[0].length };
  return says("cell_ranks", { ...places, derivative, column: layer.columns[j] });
}

/** The chain rule of a weight, over all samples; then why the gradient of its neuron is what it is. */
function chain({ k, i, j }) {
  const layer = data.layers[k];
  const [name, row, sum, column] = [layer.names[i][j], layer.rows[i], layer.sums[i], layer.columns[j]];
  const d = (y, x) => `d_${y}_d_${x}`;
  const activated = row !== sum;
  const symbols = [d(data.root, row), ...(activated ? [d(row, sum)] : []), column].join(" × ");
  const each = layer.x.map((x, p) => {
    const slope = activated ? [factor(layer.slopes[i][p])] : [];
    return [number(layer["∂h"][i][p]), ...slope, factor(x[j])].join(" × ");
  });
  const sums = layer.x.length > 1 ? [says("cell_samples", { n: layer.x.length, what: symbols })] : [symbols];
  if (layer.others.length && layer.others[i][j]) {
    sums.push(says("cell_others", { name }));
    each.push(number(layer.others[i][j]));
  }
  const texts = [summed(d(data.root, name), sums, each, layer["∂W"][i][j])];
  const isProduct = layer.x.length === 1 && !layer.others.length;
  const areFinite = [...layer["∂z"].flat(), ...layer.x[0]].every(Number.isFinite);
  if (isProduct && areFinite) texts.push(ranked(layer, i, j, d(data.root, sum)));
  const share = layer.x.map((x, p) => Math.abs(layer["∂z"][i][p] * x[j]));
  const p = Math.max(0, share.indexOf(Math.max(...share))); // the sample that matters most
  const terms = layer.why[i][p];
  const [left] = terms[terms.length - 1];
  const known = terms.slice(0, -1);
  if (known.length) {
    const products = known.map(([user, , local]) => `${d(data.root, user)} × ${local || d(user, row)}`);
    const values = known.map(([, grad, , slope]) => `${number(grad)} × ${factor(slope)}`);
    const more = left ? [says("cell_more", { n: left })] : [];
    const title = layer.x.length > 1 ? `${says("cell_sample", { n: p + 1 })}\n` : "";
    texts.push(title + summed(d(data.root, row), [...products, ...more], [...values, ...more], layer["∂h"][i][p]));
  }
  return texts.join("\n\n");
}

/** Draw a frame around a cell of each map of a layer, and around the neuron in its strips. */
function mark({ k, i, j }) {
  for (const frame of pane.querySelectorAll(".mark")) frame.remove();
  for (const heat of heats()) {
    const [layer, kind] = data.cells[heat.dataset.id];
    if (layer !== k) continue;
    const rows = data.layers[k][kind];
    const image = heat.querySelector("image");
    const [x, y, width, height] = ["x", "y", "width", "height"].map((side) => Number(image.getAttribute(side)));
    const isMap = kind.endsWith("W");
    const [across, down] = [width / (isMap ? rows[0].length : 1), height / rows.length];
    const place = { x: x + (isMap ? j * across : 0) - 1, y: y + i * down - 1, width: across + 2, height: down + 2 };
    heat.append(svgElement("rect", { ...place, class: "mark" }));
  }
}

function choose(cell) {
  chosen = { ...cell, j: cell.kind && !cell.kind.endsWith("W") ? 0 : cell.j };
  const { k, i, j } = chosen;
  const layer = data.layers[k];
  byId("name").textContent = layer.names[i][j];
  byId("words").textContent = described({ k, kind: "W", i, j });
  const lines = chain(chosen).split("\n").map((textContent) => Object.assign(document.createElement("div"), { textContent }));
  byId("code").replaceChildren(...lines);
  for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.at === `${k} ${i} ${j}`);
  mark(chosen);
}

const shownAnew = () => chosen && mark(chosen);
const overviewNow = () => drawnNow(moved);

/** Bring the marked cell into sight, with as many of the other marks as there is room for. */
function revealNow() {
  const marks = [...inSight().svg.querySelectorAll(".mark")];
  bringToSight(marks[0], marks);
}

/** Say the numbers of the cell under the pointer, if there is one. */
function show(event) {
  const tip = byId("tip");
  const heat = heatAt(event);
  tip.hidden = !heat;
  if (!heat) return;
  tip.textContent = described(at(heat, event));
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - width - 4)}px`;
  tip.style.top = `${event.clientY + 18 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 18}px`;
}

const heatAt = ({ target }) => {
  const heat = target.closest("[data-id]");
  return heat && data.cells[heat.dataset.id] && heat;
};
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
for (const heat of heats()) {
  heat.classList.add("heat");
  if (!data.cells[heat.dataset.id][1].endsWith("W")) continue;
  heat.setAttribute("tabindex", "0");
  heat.setAttribute("role", "button");
  heat.setAttribute("aria-label", heat.querySelector("a").dataset.tip);
}
pane.addEventListener("pointermove", show);
pane.addEventListener("pointerleave", () => (byId("tip").hidden = true));
pane.addEventListener("click", (event) => {
  const heat = heatAt(event);
  if (!heat || dragged()) return;
  choose(at(heat, event));
  revealNow();
});
pane.addEventListener("keydown", (event) => {
  const move = MOVES[event.key];
  const heat = heatAt(event);
  if (!move || !heat) return;
  event.preventDefault();
  byId("tip").hidden = true; // it is of the cell under the pointer
  const [k] = data.cells[heat.dataset.id];
  const { W } = data.layers[k];
  const from = chosen && chosen.k === k ? chosen : { i: 0, j: 0 };
  const within = (x, n) => Math.min(n - 1, Math.max(0, x));
  choose({ k, i: within(from.i + move[0], W.length), j: within(from.j + move[1], W[0].length) });
  revealNow();
});
for (const button of buttons) {
  const [k, i, j] = button.dataset.at.split(" ").map(Number);
  button.addEventListener("click", () => {
    choose({ k, i, j });
    revealNow();
  });
}
if (buttons.length) buttons[0].click();
fit();
revealNow();
gliding = true;
