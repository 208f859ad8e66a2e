// What can be pressed, slid and typed: the steps and the numbers of the leaves.

function update() {
  state.outputs = program(state.inputs).map((x) => x + 0);
  paint();
}

/** The groups of a value in the view in sight; the one nearest to another group first. */
function groupsOf(place, near = null) {
  const view = inSight();
  const groups = view?.nodes[view.shown(place)].map(({ group }) => group) ?? [];
  if (!near || !groups[1]) return groups;
  const at = near.getBoundingClientRect();
  const distance = (group) => {
    const { left, top } = group.getBoundingClientRect();
    return Math.hypot(left - at.left, top - at.top);
  };
  return groups.sort((a, b) => distance(a) - distance(b));
}

/** Bring a value into sight. */
const reveal = (place) => bringToSight(groupsOf(place)[0]);

/** Bring a step into sight: its value, with what goes into it, or with what its edge leads to. */
function revealStep(k = state.step - 1) {
  const step = data.steps[Math.max(k, 0)];
  const sources = data.edges.filter(({ to }) => to === step.node).map(({ from }) => from);
  const neighbours = step.edge === undefined ? sources : [data.edges[step.edge].to];
  const [group] = groupsOf(step.node);
  bringToSight(group, neighbours.flatMap((place) => groupsOf(place, group).slice(0, 1)));
}

const revealNow = () => revealStep();

/** Show what is known after so many steps, and bring the last of them, or another, into sight. */
function goTo(step, about = step - 1) {
  state.step = Math.min(Math.max(step, 0), furthest());
  paint();
  revealStep(Math.min(about, state.step));
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
  byId("plays").textContent = on ? words.pause : words.play;
}

function select(place) {
  state.selected = place;
  paint();
  if (place !== null) byId("chain").scrollIntoView({ block: "nearest" });
}

byId("step").max = data.steps.length;
byId("step").addEventListener("input", (event) => goTo(Number(event.target.value)));
byId("first").addEventListener("click", () => goTo(0));
byId("back").addEventListener("click", () => goTo(state.step - 1));
byId("forth").addEventListener("click", () => goTo(state.step + 1));
byId("last").addEventListener("click", () => goTo(data.steps.length));
byId("play").addEventListener("click", () => play(playing === null));

/** Shift and an arrow push the picture about. */
const PUSHED = { ArrowRight: [80, 0], ArrowLeft: [-80, 0], ArrowDown: [0, 80], ArrowUp: [0, -80] };

const KEYS = {
  ArrowRight: () => goTo(state.step + 1),
  ArrowLeft: () => goTo(state.step - 1),
  Home: () => goTo(0),
  End: () => goTo(data.steps.length),
  Escape: () => select(null),
  "+": () => zoom(1.25),
  "-": () => zoom(1 / 1.25),
  0: showWhole,
  1: showReadable,
};
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input, select");
  const pushed = event.shiftKey && PUSHED[event.key];
  if (busy || event.ctrlKey || event.metaKey || event.altKey || !(pushed || KEYS[event.key])) return;
  event.preventDefault();
  if (pushed) pane.scrollBy(...pushed);
  else KEYS[event.key]();
});

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
  const name = data.nodes[leaf.node].label;
  const reach = Math.max(3, 2 * Math.abs(leaf.number) || 0);
  const label = (word) => says(word, { name });
  const found = {
    name: element("button", { type: "button", className: "name", textContent: name, title: name }),
    slider: element("input", { type: "range", min: -reach, max: reach, step: "any", "aria-label": label("slide") }),
    number: element("input", { type: "number", step: "any", "aria-label": label("number") }),
    grad: element("span", { className: "grad" }),
    trained: element("input", { type: "checkbox", checked: leaf.trained, title: label("trained"), "aria-label": label("trained") }),
  };
  const change = (event) => {
    const number = event.target.valueAsNumber;
    if (Number.isNaN(number)) return;
    state.inputs[i] = number;
    keepInSample();
    update();
  };
  found.name.addEventListener("click", () => {
    select(state.selected === leaf.node ? null : leaf.node);
    reveal(leaf.node);
  });
  found.slider.addEventListener("input", change);
  found.number.addEventListener("input", change);
  found.trained.addEventListener("change", () => (leaf.trained = found.trained.checked));
  const { name: head, ...rest } = found;
  const cells = Object.entries(rest).map(([kind, part]) => element("td", { className: kind }, part));
  found.row = element("tr", { className: data.nodes[leaf.node].role }, element("th", { scope: "row" }, head), ...cells);
  return found;
}

const rows = data.leaves.map(row);

/** A table of the leaves of a role, with a heading for each column. */
function tableOf(role, members) {
  const columns = {
    name: words.column_name, slider: words.column_slider, value: words.column_value,
    grad: words.column_grad, moves: words.column_moves,
  };
  const heads = Object.entries(columns).map(([kind, word]) =>
    element("th", { scope: "col", className: kind, textContent: word }),
  );
  return element(
    "table",
    { className: "numbers" },
    element("caption", { textContent: words[role] }),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...members.map((found) => found.row)),
  );
}

for (const role of data.roles) {
  const members = rows.filter((_, i) => data.nodes[data.leaves[i].node].role === role);
  if (members.length) byId("numbers").append(tableOf(role, members));
}

function paintNumbers({ grad }) {
  const grads = data.leaves.map((leaf) => numberAt(grad[leaf.node]));
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
    const name = data.nodes[node].label;
    const label = says("node", { name, value: pictured(x), grad: grad[node] === null ? "" : pictured(grads[i]) });
    for (const { nodes } of views) for (const { group } of nodes[node]) group.setAttribute("aria-label", label);
  });
}
