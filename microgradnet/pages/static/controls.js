// What can be pressed, slid and typed: the steps and the numbers of the leaves.

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

for (const role of data.roles) {
  const members = rows.filter((_, i) => data.nodes[data.leaves[i].node].role === role);
  if (!members.length) continue;
  const title = element("h3", { textContent: words[role] });
  byId("numbers").append(title, ...members.map((found) => found.row));
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
    const label = says("node", { name, value: general(x), grad: grad[node] === null ? "" : general(grads[i]) });
    for (const { nodes } of views) for (const { group } of nodes[node]) group.setAttribute("aria-label", label);
  });
}
