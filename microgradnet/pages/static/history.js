// A training told again: the parameters after some epochs, and the curve of its loss.

const past = data.history;
const epoch = () => Number(byId("epoch").value); // which snapshot

function goToEpoch() {
  run(false);
  data.samples.parameters.forEach((leaf, i) => {
    if (leaf !== null) state.inputs[leaf] = past.states[epoch()][i];
  });
  state.outputs = program(state.inputs).map((x) => x + 0);
  startCurve();
  paint();
}

function paintHistory() {
  if (!past) return;
  const at = past.epochs[epoch()];
  byId("at").textContent = `${at} / ${past.epochs[past.epochs.length - 1]}`;
  const mean = past.means[epoch()];
  byId("mean").textContent = mean === null ? "" : says("mean", { value: pictured(mean) });
  if (state.taken === 0) {
    drawCurve(past.curve, mean === null ? null : [at, mean]);
    byId("loss").textContent = byId("mean").textContent;
  }
}

if (past) {
  byId("history").hidden = false;
  byId("epoch").max = byId("epoch").value = past.epochs.length - 1;
  byId("epoch").addEventListener("input", goToEpoch);
}
