const byId = (id) => document.getElementById(id);
const buttons = [...document.querySelectorAll("nav button")];
const shown = (id) => document.querySelectorAll(`.picture [data-id="${id}"]`);

function choose(k) {
  const row = rows[k];
  buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === k));
  document.querySelectorAll(".picture .on").forEach((part) => part.classList.remove("on"));
  row.ids.forEach((id) => shown(id).forEach((part) => part.classList.add("on")));
  for (const part of ["name", "words", "numbers", "place", "code"]) byId(part).textContent = row[part];
  const first = [...document.querySelectorAll(".picture .on")].find((part) => part.getClientRects().length);
  if (first) first.scrollIntoView({ block: "nearest", inline: "nearest" });
}

buttons.forEach((button, k) => button.addEventListener("click", () => choose(k)));
for (const path of document.querySelectorAll(".picture .edge path")) {
  const wide = path.cloneNode(); // a line of 1 px is hard to hit
  wide.setAttribute("class", "near");
  path.after(wide);
}
for (const part of document.querySelectorAll(".picture [data-id]")) {
  part.addEventListener("click", () => {
    const k = rows.findIndex((row) => row.ids.includes(part.dataset.id));
    if (k >= 0) choose(k);
  });
}
if (rows.length) choose(0);
