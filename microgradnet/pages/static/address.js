// What is shown stands in the address, so that a link opens the same step.

const AS_GIVEN = given();
let writtenAddress = "";

/** What differs from the page as it opens: step, value chosen, epoch, sample, numbers. */
function addressOf() {
  const found = {};
  if (state.step) found.step = state.step;
  if (state.selected !== null) found.of = state.selected;
  if (past && epoch() !== past.epochs.length - 1) found.epoch = epoch();
  if (data.samples && state.at !== data.samples.at) found.sample = state.at;
  if (JSON.stringify(state.rows) !== JSON.stringify(knownRows)) found.rows = state.rows.map((row) => row.join()).join(";");
  const changed = state.inputs.flatMap((x, i) => (Object.is(x, AS_GIVEN[i]) ? [] : [`${i}:${x}`]));
  if (changed.length) found.numbers = changed.join();
  return new URLSearchParams(found).toString();
}

/** Show what an address says; what it has wrong is left as given. */
function openAt(address) {
  const found = new URLSearchParams(address);
  const whole = (name, most) => {
    const x = Number(found.get(name) ?? NaN);
    return Number.isInteger(x) && x >= 0 && x <= most ? x : null;
  };
  if (past) byId("epoch").value = whole("epoch", past.epochs.length - 1) ?? past.epochs.length - 1;
  const rows = (found.get("rows") ?? "").split(";").map((row) => row.split(",").map(Number));
  const width = knownRows[0]?.length;
  const sound = rows.every((row) => row.length === width && row.every(Number.isFinite));
  state.rows = (sound ? rows : knownRows).map((row) => [...row]);
  state.at = whole("sample", state.rows.length - 1) ?? Math.min(data.samples?.at ?? 0, state.rows.length - 1);
  state.inputs = given();
  for (const [, i, x] of (found.get("numbers") ?? "").matchAll(/(\d+):([^,]+)/g)) {
    if (i in state.inputs && Number.isFinite(Number(x))) state.inputs[i] = Number(x);
  }
  state.outputs = program(state.inputs).map((x) => x + 0);
  state.selected = whole("of", data.nodes.length - 1);
  startCurve();
  goTo(whole("step", data.steps.length) ?? 0);
}

let writing = null;

function remember() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const address = addressOf();
    if (address === writtenAddress || location.protocol === "about:") return; // a page in a notebook
    writtenAddress = address;
    history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  }, 200); // of many changes the last
}

addEventListener("hashchange", () => {
  if (location.hash.slice(1) !== writtenAddress) openAt(location.hash.slice(1));
});
