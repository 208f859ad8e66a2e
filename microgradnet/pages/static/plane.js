// The plane of two inputs: what the net says of each place, and the samples, to be moved about.

const canvas = byId("plane");
const CLOSE = 12; // pixels, within which a sample is meant

const plane = data.samples?.plane && {
  bounds: [0, 1].map((k) => {
    const numbers = knownRows.map((row) => row[k]);
    return numbers.length > 1 ? extent(numbers, 0.2) : extent([-numbers[0], numbers[0]], 0.5);
  }),
  range: extent([...knownRows.map((row) => row[2]), ...(knownRows.length > 1 ? [] : [0, 1])], 0),
};

function extent(numbers, margin) {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const room = margin * (most - least) || (margin || least === most ? 1 : 0);
  return [least - room, most + room];
}

/** Where a pair of inputs lies on the canvas, and back. */
function toCanvas([x, y]) {
  const [across, up] = plane.bounds;
  const part = [(x - across[0]) / (across[1] - across[0]), (up[1] - y) / (up[1] - up[0])];
  return [part[0] * canvas.width, part[1] * canvas.height];
}

function fromCanvas([i, j]) {
  const [across, up] = plane.bounds;
  const x = across[0] + ((across[1] - across[0]) * i) / canvas.width;
  const y = up[1] - ((up[1] - up[0]) * j) / canvas.height;
  return [x, y].map((number) => Number(number.toPrecision(3)));
}

/** Between -1, the lowest target, and 1, the highest. */
function side(y) {
  const [low, high] = plane.range;
  return Math.min(Math.max((2 * (y - low)) / (high - low) - 1, -1), 1);
}

function paintPlane() {
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const ink = (name) => style.getPropertyValue(`--${name}`).trim();
  pen.globalAlpha = 1;
  pen.fillStyle = ink("soft");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  if (data.samples.regions) paintRegions(pen, ink);
  pen.globalAlpha = 1;
  state.rows.forEach((row, k) => {
    pen.beginPath();
    pen.arc(...toCanvas(row), 6, 0, 2 * Math.PI);
    pen.fillStyle = ink(side(row[2]) > 0 ? "plus-line" : "minus-line");
    pen.fill();
    pen.strokeStyle = ink(k === state.at ? "accent" : "ink");
    pen.lineWidth = k === state.at ? 4 : 1.5;
    pen.stroke();
  });
}

/** The output of the net over the plane. */
function paintRegions(pen, ink) {
  const parameters = data.samples.parameters.map((leaf, i) => (leaf === null ? past.states[epoch()][i] : state.inputs[leaf]));
  const [cells, size] = [60, canvas.width / 60];
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const at = fromCanvas([(i + 0.5) * size, (j + 0.5) * size]);
      const to = side(predict([...parameters, ...at])[0]);
      pen.globalAlpha = Math.abs(to) * 0.85;
      pen.fillStyle = ink(to > 0 ? "plus-fill" : "minus-fill");
      pen.fillRect(i * size, j * size, size, size);
    }
  }
}

let held = false; // whether a sample is being moved

function pointed(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top].map((x) => (x * canvas.width) / box.width);
}

function near(at) {
  const far = state.rows.map((row) => Math.hypot(...toCanvas(row).map((x, k) => x - at[k])));
  const least = far.indexOf(Math.min(...far));
  return far[least] <= CLOSE ? least : null;
}

if (plane) {
  canvas.hidden = byId("plane-hint").hidden = byId("target-line").hidden = false;
  const [low, high] = plane.range.map(general);
  byId("plane-axes").textContent = says("axes", { x: data.samples.axes[0], y: data.samples.axes[1], low, high });
  byId("target").value = plane.range[1];
  canvas.addEventListener("pointerdown", (event) => {
    const at = pointed(event);
    const met = near(at);
    if (met === null) addSample([...fromCanvas(at), byId("target").valueAsNumber || 0]);
    else goToSample(met);
    held = true;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    state.rows[state.at].splice(0, 2, ...fromCanvas(pointed(event)));
    goToSample(state.at);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (held = false));
}
