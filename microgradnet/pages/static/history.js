// A training's epochs and samples, and the decision regions of two inputs.

const past = data.history;
const epoch = () => Number(byId("epoch").value); // which snapshot

function goToEpoch() {
  run(false);
  past.parameters.forEach((leaf, i) => {
    if (leaf !== null) state.inputs[leaf] = past.states[epoch()][i];
  });
  state.outputs = program(state.inputs).map((x) => x + 0);
  startCurve();
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
  const mean = past.means[epoch()];
  byId("mean").textContent = mean === null ? "" : says("mean", { value: general(mean) });
  if (state.taken === 0) {
    drawCurve(past.curve, mean === null ? null : [at, mean]);
    byId("loss").textContent = byId("mean").textContent;
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
