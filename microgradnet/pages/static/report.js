// The page of a report: a row leads to its edge or box in the picture, and an edge to its row.

const NEAT = 9.9; // pixels of letters, from which the picture of Graphviz is fitted
let chosen = 0;
const shown = () => [...inSight().svg.querySelectorAll(".on")];

const revealNow = () => bringToSight(shown().find((part) => part.matches(".node")) ?? shown()[0], shown());
const overviewNow = (view) => (looking.whole && whole(view) * view.letters < NEAT ? drawnNow(moved) : view);

function shownAnew() {
  for (const part of document.querySelectorAll("#pane .on")) part.classList.remove("on");
  for (const id of data[chosen]?.ids ?? []) {
    for (const part of document.querySelectorAll(`#pane [data-id="${id}"]`)) part.classList.add("on");
  }
}

function choose(k) {
  chosen = k;
  buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === k));
  shownAnew();
  for (const part of ["name", "words", "numbers", "place", "code"]) byId(part).textContent = data[k][part];
  byId("name").className = buttons[k].className;
  revealNow();
}

buttons.forEach((button, k) => button.addEventListener("click", () => choose(k)));
for (const border of document.querySelectorAll('#pane .node polygon[fill="none"]')) border.parentNode.append(border); // above the cells
for (const path of document.querySelectorAll("#pane .edge path")) {
  const wide = path.cloneNode(); // a line of 1 px is hard to hit
  wide.setAttribute("class", "near");
  path.before(wide);
}
pane.addEventListener("click", ({ target }) => {
  const part = target.closest("[data-id]");
  const k = data.findIndex((row) => row.ids.includes(part?.dataset.id));
  if (k >= 0 && !dragged()) choose(k);
});
fit();
if (data.length) choose(Math.max(0, buttons.findIndex((button) => button.matches(".wrong"))));
gliding = true;
