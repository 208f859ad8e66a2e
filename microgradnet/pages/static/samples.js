// The samples: which one is shown, added and taken away, and on how many a step is taken.

const knownRows = data.samples?.rows ?? [];
state.rows = knownRows.map((row) => [...row]);
state.at = data.samples?.at ?? 0;

/** The numbers of the leaves with those of a row in their places. */
function withRow(row) {
  const inputs = [...state.inputs];
  data.samples.leaves.forEach((leaf, i) => {
    if (leaf !== null) inputs[leaf] = row[i];
  });
  return inputs;
}

function goToSample(at) {
  state.at = (at + state.rows.length) % state.rows.length;
  state.inputs = withRow(state.rows[state.at]);
  update();
}

/** A number that was typed into a leaf belongs to the sample that is shown. */
function keepInSample() {
  data.samples?.leaves.forEach((leaf, i) => {
    if (leaf !== null) state.rows[state.at][i] = state.inputs[leaf];
  });
}

function addSample(row) {
  state.rows.push(row);
  goToSample(state.rows.length - 1);
}

function deleteSample() {
  if (state.rows.length === 1) return;
  state.rows.splice(state.at, 1);
  goToSample(Math.min(state.at, state.rows.length - 1));
}

/** How a step is taken: on "this" sample, on each "in turn", or on the "mean" of all. */
const onWhich = () => (state.rows.length > 1 ? byId("on").value : "this");

/** The mean over all samples of some of the numbers that the program gives, by their place. */
function means(places) {
  const all = state.rows.map((row) => program(withRow(row)));
  return places.map((place) => all.reduce((sum, outputs) => sum + outputs[place], 0) / all.length);
}

/** The gradient of each leaf that a step goes by. */
function gradients() {
  const places = data.leaves.map(({ node }) => data.nodes[node].grad);
  return onWhich() === "mean" ? means(places) : places.map((place) => state.outputs[place]);
}

/** The loss that the curve shows: of one sample, or the mean. */
const lossNow = () => (onWhich() === "this" ? state.outputs[root.value] : means([root.value])[0]);

function sampleText(row, k) {
  const inputs = data.samples.axes.length;
  const [x, y] = [row.slice(0, inputs), row.slice(inputs)].map((part) => part.map(pictured).join(", "));
  return `${k + 1}: ${x} → ${y}`;
}

function paintSamples() {
  if (!data.samples) return;
  const n = state.rows.length;
  const options = state.rows.map(sampleText);
  const select = byId("sample");
  if (select.dataset.text !== options.join()) {
    select.dataset.text = options.join();
    select.replaceChildren(...options.map((text, k) => element("option", { value: k, textContent: text })));
  }
  select.value = String(state.at);
  byId("delete").disabled = n === 1;
  byId("previous").disabled = byId("next").disabled = n === 1;
  byId("on-line").hidden = n === 1;
  const which = { n, k: state.at + 1 };
  const said = { this: says("on_this", which), turn: says("on_turn", which), mean: says("on_mean", which) };
  byId("taken-on").textContent = said[onWhich()];
  if (data.samples.plane) paintPlane();
}

if (data.samples) {
  byId("samples").hidden = false;
  byId("on").value = state.rows.length > 1 ? "turn" : "mean";
  byId("sample").addEventListener("change", (event) => goToSample(Number(event.target.value)));
  byId("previous").addEventListener("click", () => goToSample(state.at - 1));
  byId("next").addEventListener("click", () => goToSample(state.at + 1));
  byId("add").addEventListener("click", () => addSample([...state.rows[state.at]]));
  byId("delete").addEventListener("click", deleteSample);
  byId("on").addEventListener("change", () => {
    startCurve();
    paint();
  });
}
