// Everything the page shows follows from two things: the numbers of the leaves and the step.

const data = JSON.parse(document.getElementById("data").textContent);
const words = data.words;
const byId = (id) => document.getElementById(id);
const says = (word, values) => words[word].replace(/\{(\w+)\}/g, (_, name) => values[name]);

const SPECIAL = { inf: Infinity, "-inf": -Infinity, nan: NaN }; // which JSON does not have
const given = () => data.leaves.map(({ number }) => SPECIAL[number] ?? number);

const state = {
  inputs: given(),
  outputs: [],
  step: data.steps.length,
  selected: null,
  losses: [],
  zoom: 1,
};
const root = data.nodes[data.nodes.length - 1];
const leafOf = new Map(data.leaves.map((leaf, i) => [leaf.node, i]));

// ---------------------------------------------------------------- numbers as text

/** As Python writes f"{x:.4g}": four digits, a tie to the even one. */
function general(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
  if (x === 0) return "0";
  let text = Math.abs(x).toExponential(3);
  const exact = Math.abs(x).toExponential(60);
  if (/^\d\.\d\d[02468]50*e/.test(exact)) text = exact.slice(0, 5) + exact.slice(exact.indexOf("e"));
  const [mantissa, e] = text.split("e");
  const exponent = Number(e);
  const sign = x < 0 ? "-" : "";
  if (exponent >= -4 && exponent < 4) {
    const fixed = Number(text).toFixed(3 - exponent);
    return sign + (fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed);
  }
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign}${mantissa.replace(/\.?0+$/, "")}e${exponent < 0 ? "-" : "+"}${size}`;
}

const pictured = (x) => general(x).replace(/-/g, "−");

/** A text in pieces: strings, and [in brackets if negative, which output]. */
function written(pieces) {
  return pieces
    .map((piece) => {
      if (typeof piece === "string") return piece;
      const [bracketed, place] = piece;
      const text = general(state.outputs[place]);
      return bracketed && state.outputs[place] < 0 ? `(${text})` : text;
    })
    .join("");
}

// ---------------------------------------------------------------- the pictures

/** Find the values, the cells and the edges of a picture that Graphviz has drawn. */
function view(svg) {
  const nodes = data.nodes.map(() => []);
  const edges = data.edges.map(() => []);
  const free = new Map();
  data.edges.forEach((edge, k) => {
    const ends = `${edge.from}>${edge.to}`;
    free.set(ends, [...(free.get(ends) ?? []), k]);
  });
  for (const group of svg.querySelectorAll("g.node")) {
    const place = Number(/^n(\d+)/.exec(group.querySelector("title").textContent)[1]);
    nodes[place].push(nodeIn(group, place));
  }
  for (const group of svg.querySelectorAll("g.edge")) {
    const ends = /^n(\d+)\D*->n(\d+)/.exec(group.querySelector("title").textContent);
    const left = ends && free.get(`${ends[1]}>${ends[2]}`);
    if (left?.length) edges[left.shift()].push(group);
  }
  for (const title of svg.querySelectorAll("title")) title.remove();
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  return { svg, nodes, edges, width, height };
}

function nodeIn(group, place) {
  const found = { group, ports: [], computed: !leafOf.has(place) };
  const [body, border] = group.querySelectorAll(":scope > polygon");
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
    if (kind === "data" || kind === "grad") {
      const label = text.previousElementSibling.tagName === "polygon" ? cell.previousElementSibling : cell;
      found[kind] = atRight(text, right - 5, Number(label.getAttribute("x")) + 23);
    }
  }
  group.append(border); // above the cells
  interactive(group, place);
  return found;
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

const corners = (polygon) =>
  polygon.getAttribute("points").trim().split(/\s+/).map((point) => point.split(",").map(Number));

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

function interactive(group, place) {
  group.addEventListener("click", () => select(state.selected === place ? null : place));
  if (!leafOf.has(place)) return;
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "button");
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    select(state.selected === place ? null : place);
  });
}

const views = [...document.querySelectorAll("#pane > svg")].map(view);

// ---------------------------------------------------------------- painting

/** What is known after the steps up to now: values, gradients so far, edges done. */
function known() {
  const all = data.nodes;
  const value = all.map((_, i) => leafOf.has(i));
  const grad = all.map(() => null);
  const edge = data.edges.map(() => false);
  for (const step of data.steps.slice(0, state.step)) {
    if (step.phase === "forward") value[step.node] = true;
    else grad[step.node] = step.running;
    if (step.edge !== undefined) edge[step.edge] = true;
  }
  return { value, grad, edge };
}

function scale(numbers) {
  const largest = Math.max(0, ...numbers.map(Math.abs).filter(Number.isFinite));
  return (x) => (Number.isFinite(x) && x !== 0 ? Math.sqrt(Math.abs(x) / largest) : 0);
}

function colour(x, depth, kind) {
  if (!Number.isFinite(x)) return "var(--broken)";
  if (x === 0) return `var(--zero-${kind})`;
  const sign = x > 0 ? "plus" : "minus";
  return `color-mix(in srgb, var(--${sign}-${kind}) ${(100 * depth).toFixed(1)}%, var(--${sign}-${kind}-pale))`;
}

function paint() {
  const { value, grad, edge } = known();
  const out = state.outputs;
  const now = state.step > 0 ? data.steps[state.step - 1] : {};
  const lit = paths(state.selected);
  const grads = grad.map((place) => (place === null ? 0 : out[place]));
  const flows = data.edges.map((e, k) => (edge[k] ? out[data.nodes[e.to].grad] * out[e.partial] : 0));
  const depth = scale(grads);
  const width = scale(flows);
  for (const { svg, nodes, edges } of views) {
    svg.classList.toggle("choosing", state.selected !== null);
    nodes.forEach((drawn, i) => {
      for (const node of drawn) {
        node.group.classList.toggle("pending", !value[i]);
        node.group.classList.toggle("now", now.node === i);
        node.group.classList.toggle("lit", lit.nodes.has(i));
        put(node.data, value[i] ? pictured(out[data.nodes[i].value]) : "");
        put(node.grad, grad[i] === null ? "" : pictured(grads[i]));
        const tint = grad[i] === null ? "var(--zero-fill)" : colour(grads[i], depth(grads[i]), "fill");
        node.group.style.setProperty("--tint", tint);
      }
    });
    edges.forEach((drawn, k) => {
      const { to, port, partial } = data.edges[k];
      for (const node of nodes[to]) {
        const number = pictured(out[partial]);
        put(node.ports[port], edge[k] ? number : "");
        node.ports[port].text.classList.toggle("one", number === "1");
      }
      for (const group of drawn) {
        group.classList.toggle("now", now.edge === k);
        group.classList.toggle("lit", lit.edges.has(k));
        group.style.setProperty("--line", colour(flows[k], width(flows[k]), "line"));
        group.style.setProperty("--width", 0.8 + 2.2 * width(flows[k]));
      }
    });
  }
  paintText(now);
  paintChain();
  paintNumbers();
  paintCurve();
  paintHistory();
}

/** The values and edges on all paths from a value to the loss. */
function paths(start) {
  const nodes = new Set(start === null ? [] : [start]);
  const edges = new Set();
  for (const node of nodes) {
    data.edges.forEach((edge, k) => {
      if (edge.from !== node) return;
      edges.add(k);
      nodes.add(edge.to);
    });
  }
  return { nodes, edges };
}

function paintText(now) {
  const n = data.steps.length;
  byId("step").value = state.step;
  byId("count").textContent = `${state.step} / ${n}`;
  let phase = state.step === 0 ? words.ready : words[now.phase];
  if (state.step === n) phase += ` · ${words.done}`;
  byId("phase").textContent = phase;
  byId("phase").className = now.phase ?? "";
  byId("text").textContent = now.text ? written(now.text) : "";
  byId("note").textContent = now.note ? `${words.from} ${written(now.note)}` : "";
  byId("step").setAttribute("aria-valuetext", `${state.step} / ${n}: ${byId("text").textContent}`);
  for (const id of ["first", "back"]) byId(id).disabled = state.step === 0;
  for (const id of ["forth", "last"]) byId(id).disabled = state.step === n;
}

function paintChain() {
  const at = state.selected;
  byId("which").value = at === null ? "" : String(at);
  byId("chain").textContent = at === null ? words.chain_hint : written(data.chains[at]).replace(/^\n+|\n+$/g, "");
  byId("chain").classList.toggle("empty", at === null);
}

// ---------------------------------------------------------------- the steps

function update() {
  state.outputs = program(state.inputs).map((x) => x + 0);
  paint();
}

function goTo(step) {
  state.step = Math.min(Math.max(step, 0), data.steps.length);
  paint();
  follow();
}

/** Bring the value of this step into sight. */
function follow() {
  const at = state.step > 0 ? data.steps[state.step - 1].node : 0;
  reveal(at);
}

function reveal(at) {
  const pane = byId("pane");
  const shown = views.find(({ svg }) => !svg.classList.contains("away"));
  const box = shown?.nodes[at][0]?.group.getBoundingClientRect();
  if (!box) return;
  const frame = pane.getBoundingClientRect();
  const margin = 24;
  const inside =
    box.left >= frame.left + margin && box.right <= frame.right - margin &&
    box.top >= frame.top + margin && box.bottom <= frame.bottom - margin;
  if (inside) return;
  pane.scrollBy({
    left: (box.left + box.right - frame.left - frame.right) / 2,
    top: (box.top + box.bottom - frame.top - frame.bottom) / 2,
    behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
  });
}

let playing = null;

function play(on) {
  clearInterval(playing);
  playing = null;
  if (on) {
    if (state.step === data.steps.length) goTo(0);
    playing = setInterval(() => {
      goTo(state.step + 1);
      if (state.step === data.steps.length) play(false);
    }, 900);
  }
  byId("play").setAttribute("aria-pressed", String(on));
}

function select(place) {
  state.selected = place;
  paint();
}

byId("step").max = data.steps.length;
byId("step").addEventListener("input", (event) => goTo(Number(event.target.value)));
byId("first").addEventListener("click", () => goTo(0));
byId("back").addEventListener("click", () => goTo(state.step - 1));
byId("forth").addEventListener("click", () => goTo(state.step + 1));
byId("last").addEventListener("click", () => goTo(data.steps.length));
byId("play").addEventListener("click", () => play(playing === null));

const KEYS = {
  ArrowRight: () => goTo(state.step + 1),
  ArrowLeft: () => goTo(state.step - 1),
  Home: () => goTo(0),
  End: () => goTo(data.steps.length),
  Escape: () => select(null),
};
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input, select, pre");
  if (busy || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

// ---------------------------------------------------------------- the numbers

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, held] of Object.entries(attributes)) {
    if (name in made) made[name] = held;
    else made.setAttribute(name, held);
  }
  made.append(...children);
  return made;
}

/** The row of a leaf: its name, a slider, its number, its gradient, whether it is trained. */
function row(leaf, i) {
  const { name } = data.nodes[leaf.node];
  const reach = Math.max(3, 2 * Math.abs(leaf.number) || 0);
  const label = (word) => says(word, { name });
  const found = {
    name: element("button", { type: "button", className: "name", textContent: name }),
    slider: element("input", { type: "range", min: -reach, max: reach, step: "any", "aria-label": label("slide") }),
    number: element("input", { type: "number", step: "any", "aria-label": label("number") }),
    grad: element("span", { className: "grad", title: words.grad }),
    trained: element("input", { type: "checkbox", checked: leaf.trained, title: label("trained"), "aria-label": label("trained") }),
  };
  const change = (event) => {
    const number = event.target.valueAsNumber;
    if (Number.isNaN(number)) return;
    state.inputs[i] = number;
    update();
  };
  found.name.addEventListener("click", () => {
    select(state.selected === leaf.node ? null : leaf.node);
    reveal(leaf.node);
  });
  found.slider.addEventListener("input", change);
  found.number.addEventListener("input", change);
  found.trained.addEventListener("change", () => (leaf.trained = found.trained.checked));
  found.row = element("div", { className: `row ${data.nodes[leaf.node].role}` }, ...Object.values(found));
  return found;
}

const rows = data.leaves.map(row);

for (const role of ["parameter", "input", "target", "root"]) {
  const members = rows.filter((_, i) => data.nodes[data.leaves[i].node].role === role);
  if (!members.length) continue;
  const title = element("h3", { textContent: words[role] ?? words.input });
  byId("numbers").append(title, ...members.map((found) => found.row));
}

function paintNumbers() {
  const { grad } = known();
  const grads = data.leaves.map((leaf) => (grad[leaf.node] === null ? 0 : state.outputs[grad[leaf.node]]));
  const depth = scale(grads);
  rows.forEach((found, i) => {
    const x = state.inputs[i];
    if (document.activeElement !== found.number) found.number.value = String(Number(x.toPrecision(5)));
    found.number.title = String(x);
    if (Math.abs(x) > Number(found.slider.max)) {
      found.slider.max = 2 * Math.abs(x);
      found.slider.min = -2 * Math.abs(x);
    }
    found.slider.value = x;
    const { node } = data.leaves[i];
    found.grad.textContent = grad[node] === null ? "" : pictured(grads[i]);
    found.grad.style.background = grad[node] === null ? "none" : colour(grads[i], depth(grads[i]), "fill");
    found.row.classList.toggle("lit", state.selected === node);
    const { name } = data.nodes[node];
    const label = says("node", { name, value: general(x), grad: found.grad.textContent });
    for (const { nodes } of views) for (const { group } of nodes[node]) group.setAttribute("aria-label", label);
  });
}

// ---------------------------------------------------------------- gradient descent

/** Move each trained leaf down its gradient; false where a number would not be finite. */
function descend() {
  const rate = byId("rate").valueAsNumber;
  const next = state.inputs.map((x, i) => {
    const leaf = data.leaves[i];
    return leaf.trained ? x - rate * state.outputs[data.nodes[leaf.node].grad] : x;
  });
  if (!(rate > 0) || !next.every(Number.isFinite)) {
    run(false);
    byId("loss").textContent = rate > 0 ? words.overflow : words.bad_rate;
    return false;
  }
  state.inputs = next;
  state.outputs = program(next).map((x) => x + 0);
  state.losses.push(state.outputs[root.value]);
  return true;
}

let running = null;

function run(on) {
  cancelAnimationFrame(running);
  running = null;
  byId("run").textContent = on ? words.stop : words.run;
  byId("run").setAttribute("aria-pressed", String(on));
  byId("said").setAttribute("aria-live", on ? "off" : "polite");
  if (on) running = requestAnimationFrame(frame);
}

function frame() {
  let left = Number(byId("speed").value);
  let fine = true;
  while (left-- > 0 && fine) fine = descend();
  if (!fine) return;
  paint();
  running = requestAnimationFrame(frame);
}

byId("descend").addEventListener("click", () => descend() && paint());
byId("run").addEventListener("click", () => run(running === null));
byId("reset").addEventListener("click", () => {
  run(false);
  state.inputs = given();
  state.outputs = program(state.inputs).map((x) => x + 0);
  state.losses = [state.outputs[root.value]];
  paint();
});

function svgElement(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, held] of Object.entries(attributes)) made.setAttribute(name, held);
  made.textContent = text;
  return made;
}

/** The curve of losses [when, loss], one of them marked. */
function drawCurve(losses, mark) {
  const [left, right, top, bottom] = [46, 312, 10, 128];
  const finite = losses.filter(([, loss]) => Number.isFinite(loss));
  const highest = finite.reduce((most, [, loss]) => Math.max(most, loss), 1e-300);
  const last = losses[losses.length - 1][0];
  const x = (i) => left + ((right - left) * i) / Math.max(last, 1);
  const y = (loss) => bottom - ((bottom - top) * Math.max(loss, 0)) / highest;
  const stride = Math.max(1, Math.floor(finite.length / (right - left)));
  const points = finite
    .filter((_, k) => k % stride === 0 || k === finite.length - 1)
    .map(([i, loss]) => `${x(i).toFixed(1)},${y(loss).toFixed(1)}`);
  const curve = byId("curve");
  curve.replaceChildren(
    svgElement("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
    svgElement("text", { x: left - 5, y: top + 4, "text-anchor": "end" }, general(highest)),
    svgElement("text", { x: left - 5, y: bottom + 4, "text-anchor": "end" }, "0"),
    svgElement("text", { x: left, y: bottom + 15 }, "0"),
    svgElement("text", { x: right, y: bottom + 15, "text-anchor": "end" }, String(last)),
    svgElement("polyline", { class: "line", points: points.join(" ") }),
  );
  if (mark && Number.isFinite(mark[1])) {
    curve.append(svgElement("circle", { class: "dot", cx: x(mark[0]), cy: y(mark[1]), r: 4 }));
  }
}

function paintCurve() {
  if (data.history && state.losses.length < 2) return;
  const losses = state.losses.map((loss, i) => [i, loss]);
  drawCurve(losses, losses[losses.length - 1]);
  const { name, value } = root;
  const text = says("loss", { name, value: general(state.outputs[value]), n: state.losses.length - 1 });
  byId("loss").textContent = text;
  byId("curve").setAttribute("aria-label", `${words.curve}: ${text}`);
}

// ---------------------------------------------------------------- the size of the picture

const SMALLEST = 9 / 11; // letters of 11 units at 9 pixels
const LARGEST = 4 / 3;

/** Choose the view that needs least scrolling where letters can be read, and its size. */
function fit() {
  const across = views.find(({ width, height }) => width > height);
  const wide = Boolean(across) && innerWidth >= 1300 && innerWidth / across.width >= SMALLEST;
  document.body.classList.toggle("wide", wide);
  const pane = byId("pane");
  const room = { width: pane.clientWidth, height: wide ? Infinity : pane.clientHeight };
  const tried = views.map((shown) => {
    const fits = Math.min(room.width / shown.width, Math.max(room.height / shown.height, SMALLEST));
    const size = Math.min(Math.max(fits, SMALLEST), LARGEST) * state.zoom;
    const over = (a, b) => Math.max(a / b, 1);
    const scrolling = over(shown.width * size, room.width) * over(shown.height * size, room.height);
    return { ...shown, size, scrolling };
  });
  const least = tried.reduce((a, b) => (b.scrolling < a.scrolling ? b : a));
  const best = wide ? tried.find(({ svg }) => svg === across.svg) : least;
  for (const { svg, width, height, size } of tried) {
    svg.classList.toggle("away", svg !== best.svg);
    svg.style.width = `${width * size}px`;
    svg.style.height = `${height * size}px`;
  }
}

function zoom(by) {
  state.zoom = Math.min(Math.max(state.zoom * by, 0.3), 4);
  fit();
}

byId("smaller").addEventListener("click", () => zoom(1 / 1.25));
byId("larger").addEventListener("click", () => zoom(1.25));
addEventListener("resize", fit);

// ---------------------------------------------------------------- a training's history

const past = data.history;
const epoch = () => Number(byId("epoch").value); // which snapshot

function goToEpoch() {
  run(false);
  past.parameters.forEach((leaf, i) => {
    if (leaf !== null) state.inputs[leaf] = past.states[epoch()][i];
  });
  state.outputs = program(state.inputs).map((x) => x + 0);
  state.losses = [state.outputs[root.value]];
  paint();
}

function goToSample() {
  past.inputs.forEach((leaf, i) => {
    if (leaf !== null) state.inputs[leaf] = past.samples[Number(byId("sample").value)][i];
  });
  update();
}

function paintHistory() {
  if (!past) return;
  const at = past.epochs[epoch()];
  byId("at").textContent = `${at} / ${past.epochs[past.epochs.length - 1]}`;
  if (state.losses.length < 2) {
    const mean = past.means[epoch()];
    drawCurve(past.curve, mean === null ? null : [at, mean]);
    byId("loss").textContent = mean === null ? "" : says("mean", { value: general(mean) });
  }
  if (past.regions) paintRegions();
}

/** The output over the plane of the two inputs, and the samples. */
function paintRegions() {
  const canvas = byId("regions");
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const ink = (name) => style.getPropertyValue(`--${name}`).trim();
  const [across, up] = [0, 1].map((k) => extent(past.samples.map((sample) => sample[k]), 0.2));
  const [low, high] = extent(past.samples.map((sample) => sample[2]), 0);
  const shift = (y) => Math.min(Math.max((2 * (y - low)) / (high - low) - 1, -1), 1);
  const parameters = past.parameters.map((leaf, i) => (leaf === null ? past.states[epoch()][i] : state.inputs[leaf]));
  const [cells, size] = [60, canvas.width / 60];
  pen.globalAlpha = 1;
  pen.fillStyle = ink("card");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const x = across[0] + ((across[1] - across[0]) * (i + 0.5)) / cells;
      const y = up[1] - ((up[1] - up[0]) * (j + 0.5)) / cells;
      const side = shift(predict([...parameters, x, y])[0]);
      pen.globalAlpha = Math.abs(side) * 0.85;
      pen.fillStyle = ink(side > 0 ? "plus-fill" : "minus-fill");
      pen.fillRect(i * size, j * size, size, size);
    }
  }
  pen.globalAlpha = 1;
  past.samples.forEach((sample, k) => {
    const x = ((sample[0] - across[0]) / (across[1] - across[0])) * canvas.width;
    const y = ((up[1] - sample[1]) / (up[1] - up[0])) * canvas.height;
    pen.beginPath();
    pen.arc(x, y, 6, 0, 2 * Math.PI);
    pen.fillStyle = ink(shift(sample[2]) > 0 ? "plus-line" : "minus-line");
    pen.fill();
    const chosen = k === Number(byId("sample").value);
    pen.strokeStyle = ink(chosen ? "accent" : "ink");
    pen.lineWidth = chosen ? 4 : 1.5;
    pen.stroke();
  });
}

function extent(numbers, margin) {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const room = margin * (most - least) || (margin || least === most ? 1 : 0);
  return [least - room, most + room];
}

if (past) {
  byId("history").hidden = false;
  byId("epoch").max = past.epochs.length - 1;
  byId("epoch").value = past.epochs.length - 1;
  byId("epoch").addEventListener("input", goToEpoch);
  past.samples.forEach((sample, k) => {
    const text = `${k + 1}: ${sample.map(general).join(", ")}`;
    byId("sample").append(element("option", { value: k, textContent: text }));
  });
  byId("sample").value = String(past.sample);
  byId("sample").addEventListener("change", goToSample);
  byId("regions").hidden = !past.regions;
  if (past.regions) {
    const [low, high] = extent(past.samples.map((sample) => sample[2]), 0).map(general);
    byId("region-axes").textContent = says("axes", { x: past.axes[0], y: past.axes[1], low, high });
  }
}

// ---------------------------------------------------------------- the choice of a derivative

data.nodes.forEach(({ name }, i) => byId("which").append(element("option", { value: i, textContent: name })));
byId("which").addEventListener("change", (event) => {
  select(event.target.value === "" ? null : Number(event.target.value));
  if (state.selected !== null) reveal(state.selected);
});

fit();
state.losses = [program(state.inputs)[root.value]];
update();
