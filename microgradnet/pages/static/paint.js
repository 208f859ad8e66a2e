// Everything shown is painted anew from the numbers and the step.

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
  dispatchEvent(new Event("paint"));
  const now = state.step > 0 ? data.steps[state.step - 1] : {};
  const found = known();
  const lit = paths(state.selected);
  const marked = wanted().node === undefined ? now : {}; // what is asked for is marked alone
  for (const shown of views) {
    shown.svg.classList.toggle("choosing", state.selected !== null);
    paintNodes(shown, found, lit, marked);
    paintEdges(shown, found, lit, marked);
  }
  paintText(now);
  paintChain();
  paintNumbers(found);
  paintCurve();
  paintSamples();
  paintHistory();
  remember();
}

const numberAt = (place) => (place === null ? 0 : state.outputs[place]);

function paintNodes({ nodes, shown }, { value, grad }, lit, now) {
  const depth = scale(grad.map(numberAt));
  nodes.forEach((drawn, i) => {
    const g = numberAt(grad[i]);
    for (const { group, ...node } of drawn) {
      group.classList.toggle("pending", !value[i]);
      group.classList.toggle("now", shown(now.node) === i);
      group.classList.toggle("lit", lit.nodes.has(i));
      group.classList.toggle("asked", shown(wanted().node) === i);
      put(node.data, value[i] ? pictured(numberAt(data.nodes[i].value)) : "");
      put(node.grad, grad[i] === null ? "" : pictured(g));
      group.style.setProperty("--tint", grad[i] === null ? "var(--zero-fill)" : colour(g, depth(g), "fill"));
    }
  });
}

function paintEdges({ nodes, edges, shown, isFolded }, { edge }, lit, now) {
  const flows = data.edges.map(({ to, partial }, k) =>
    edge[k] ? numberAt(data.nodes[to].grad) * numberAt(partial) : 0,
  );
  const depth = scale(flows);
  edges.forEach((drawn, k) => {
    const { from, to, port, partial } = data.edges[k];
    const at = shown(to);
    if (shown(from) === at) return; // inside a folded chain
    const number = pictured(numberAt(isFolded ? (foldAt.get(at)?.partial ?? partial) : partial));
    for (const { ports } of nodes[at]) {
      if (!ports[port]) continue; // an overview has none
      put(ports[port], edge[k] ? number : "");
      ports[port].text.classList.toggle("one", number === "1");
    }
    for (const group of drawn) {
      group.classList.toggle("now", now.edge === k);
      group.classList.toggle("lit", lit.edges.has(k));
      group.classList.toggle("asked", wanted().edge === k);
      group.style.setProperty("--line", colour(flows[k], depth(flows[k]), "line"));
      group.style.setProperty("--width", 0.8 + 2.2 * depth(flows[k]));
    }
  });
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

/** What the first step gives: a value, or the derivative of the one there is. */
const firstName = () => data.nodes[data.steps[0].node].name;

/** How it does: its name and its formula, without the numbers. */
const firstFormula = () => written(data.steps[0].text).split(" = ").slice(0, 2).join(" = ");

function paintText(now) {
  const n = data.steps.length;
  byId("step").value = state.step;
  byId("count").textContent = `${state.step} / ${n}`;
  let phase = state.step === 0 ? says("ready", { name: firstName() }) : words[now.phase];
  if (state.step === n) phase += ` · ${words.done}`;
  byId("phase").textContent = phase;
  byId("phase").className = now.phase ?? "";
  showFormulas(byId("text"), now.text ? written(now.text) : firstFormula());
  byId("text").classList.toggle("coming", !now.text);
  byId("from").hidden = !now.note;
  showFormulas(byId("note"), now.note ? written(now.note) : "");
  byId("step").setAttribute("aria-valuetext", `${state.step} / ${n}: ${byId("text").dataset.text}`);
  for (const id of ["first", "back"]) byId(id).disabled = state.step === 0;
  for (const id of ["forth", "last"]) byId(id).disabled = state.step === furthest();
}

function paintChain() {
  const at = state.selected;
  byId("which").value = at === null ? "" : String(at);
  byId("chain-hint").hidden = at !== null;
  byId("chain").hidden = at === null;
  showFormulas(byId("chain"), at === null ? "" : written(data.chains[at]).replace(/^\n+|\n+$/g, ""));
}
