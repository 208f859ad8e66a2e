// Gradient descent on the leaves that are trained, and the curve of the loss.

/** Move each trained leaf down its gradient; false where a number would not be finite. */
function descend() {
  const rate = byId("rate").valueAsNumber;
  const slopes = gradients();
  const next = state.inputs.map((x, i) => {
    const leaf = data.leaves[i];
    return leaf.trained ? x - rate * slopes[i] : x;
  });
  if (!(rate > 0) || !next.every(Number.isFinite)) {
    run(false);
    byId("loss").textContent = rate > 0 ? words.overflow : words.bad_rate;
    return false;
  }
  state.inputs = next;
  keepInSample(); // an input that is ticked moves, too
  if (onWhich() === "turn") {
    state.at = (state.at + 1) % state.rows.length;
    state.inputs = withRow(state.rows[state.at]);
  }
  state.outputs = program(state.inputs).map((x) => x + 0);
  state.taken += 1;
  if (state.taken % state.stride === 0) state.losses.push([state.taken, lossNow()]);
  if (state.losses.length > MOST_LOSSES) {
    state.stride *= 2;
    state.losses = state.losses.filter(([step]) => step % state.stride === 0);
  }
  return true;
}

const MOST_LOSSES = 4000;

/** Begin a new curve at the numbers as they are. */
function startCurve() {
  Object.assign(state, { taken: 0, stride: 1, losses: [[0, lossNow()]] });
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
  const late = performance.now() + 50; // ms: many samples take longer than a frame
  while (left-- > 0 && fine && performance.now() < late) fine = descend();
  if (!fine) return;
  paint();
  running = requestAnimationFrame(frame);
}

byId("descend").addEventListener("click", () => descend() && paint());
byId("run").addEventListener("click", () => run(running === null));
byId("reset").addEventListener("click", () => {
  run(false);
  openAt("");
});

/** The curve of losses [when, loss], one of them marked. */
function drawCurve(losses, mark) {
  const [left, right, top, bottom] = [66, 272, 10, 128];
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
    svgElement("text", { x: left - 5, y: top + 4, "text-anchor": "end" }, pictured(highest)),
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
  if (data.history && state.taken === 0) return;
  const last = [state.taken, lossNow()];
  drawCurve([...state.losses.filter(([step]) => step < state.taken), last], last);
  const found = { name: root.name, value: pictured(last[1]), n: state.taken };
  const text = onWhich() === "this" ? says("loss", found) : says("mean_loss", found);
  byId("loss").textContent = text;
  byId("curve").setAttribute("aria-label", `${words.curve}: ${text}`);
}
