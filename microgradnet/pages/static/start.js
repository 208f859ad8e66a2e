// The page as it opens: where its address says; else nothing computed yet.

const roles = new Set(data.nodes.map(({ role }) => role));
for (const item of document.querySelectorAll(".legend .node")) {
  item.hidden = !roles.has([...item.classList].at(-1));
}

data.nodes.forEach(({ label }, i) => {
  byId("which").append(element("option", { value: i, textContent: label }));
});
byId("which").addEventListener("change", (event) => {
  select(event.target.value === "" ? null : Number(event.target.value));
  if (state.selected !== null) reveal(state.selected);
});

fit();
if (data.practice) startPractice();
openAt(location.hash.slice(1) || data.opens);
gliding = true;
