// The page in a frame: it tells the window around it what is shown, once that has spoken, and
// shows what that says.

let agreed = null; // what both sides know, as text; null until the window around has spoken
let telling = null;

/** What is shown; of numbers that JSON does not have their names. */
function shownNow() {
  const inputs = state.inputs.map((x) => (Number.isFinite(x) ? x : general(x)));
  return { inputs, step: state.step, selected: state.selected };
}

addEventListener("paint", () => {
  if (agreed === null) return;
  clearTimeout(telling);
  telling = setTimeout(() => {
    const text = JSON.stringify(shownNow());
    if (text === agreed) return;
    agreed = text;
    parent.postMessage({ microgradnet: shownNow() }, "*"); // a frame of its own origin knows no other
  }, 40); // of many changes the last
});

addEventListener("message", ({ source, data: { microgradnet: said } = {} }) => {
  if (source !== parent || parent === window || !said) return;
  clearTimeout(telling);
  agreed = JSON.stringify(said);
  if (agreed === JSON.stringify(shownNow())) return;
  state.inputs = said.inputs.map((x) => SPECIAL[x] ?? x);
  keepInSample();
  state.outputs = program(state.inputs).map((x) => x + 0);
  state.selected = said.selected;
  goTo(said.step);
});
