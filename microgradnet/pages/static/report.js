// The page of a report: a row leads to its edge or box in the picture, and an edge to its row.

const buttons = [...document.querySelectorAll("nav button")];
const pictures = [...document.querySelectorAll("#pane > svg")];
const texts = [...pictures[0].querySelectorAll(":scope > g > text")];
const legend = texts.flatMap(({ textContent }) => textContent.split(/;\s+/)).map((text) => text.trim());
const views = pictures.map(bared);
const overviewNow = (view) => view;
const shown = () => [...inSight().svg.querySelectorAll(".on")];

const revealNow = () => bringToSight(shown().find((part) => part.matches(".node")) ?? shown()[0], shown());

function choose(k) {
  const row = rows[k];
  buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === k));
  for (const part of document.querySelectorAll("#pane .on")) part.classList.remove("on");
  for (const id of row.ids) {
    for (const part of document.querySelectorAll(`#pane [data-id="${id}"]`)) part.classList.add("on");
  }
  for (const part of ["name", "words", "numbers", "place", "code"]) byId(part).textContent = row[part];
  byId("name").className = buttons[k].className;
  revealNow();
}

const KEYS = { "+": () => zoom(1.25), "-": () => zoom(1 / 1.25), 0: showWhole, 1: showReadable };
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
buttons.forEach((button, k) => button.addEventListener("click", () => choose(k)));
for (const border of document.querySelectorAll('#pane .node polygon[fill="none"]')) border.parentNode.append(border); // above the cells
for (const path of document.querySelectorAll("#pane .edge path")) {
  const wide = path.cloneNode(); // a line of 1 px is hard to hit
  wide.setAttribute("class", "near");
  path.before(wide);
}
for (const part of document.querySelectorAll("#pane [data-id]")) {
  part.addEventListener("click", () => {
    const k = rows.findIndex((row) => row.ids.includes(part.dataset.id));
    if (k >= 0 && !dragged()) choose(k);
  });
}
byId("legend").replaceChildren(
  ...legend.filter(Boolean).map((text) => Object.assign(document.createElement("li"), { textContent: text })),
);
fit();
if (rows.length) choose(Math.max(0, buttons.findIndex((button) => button.matches(".wrong"))));
gliding = true;
