// The pictures as views: without ground and legend, which pages show in their own way.

const byId = (id) => document.getElementById(id);

function svgElement(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, held] of Object.entries(attributes)) made.setAttribute(name, held);
  made.textContent = text;
  return made;
}

const corners = (polygon) =>
  polygon.getAttribute("points").trim().split(/\s+/).map((point) => point.split(",").map(Number));

/** A view of a picture: its size, and that of its smallest letters. */
function bared(svg) {
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  const box = cropped(svg);
  const letters = [...svg.querySelectorAll("text")].map((text) => Number(text.getAttribute("font-size")));
  return { svg, letters: Math.min(...letters), ...box };
}

/** Take away the ground and the legend, and the room they take. */
function cropped(svg) {
  const graph = svg.querySelector("g.graph");
  for (const part of graph.querySelectorAll(":scope > polygon, :scope > text")) part.remove();
  const { x, y, width, height } = graph.getBBox();
  const { a, d, e, f } = graph.transform.baseVal.consolidate().matrix;
  const margin = 8;
  const box = [a * x + e - margin, d * y + f - margin, a * width + 2 * margin, d * height + 2 * margin];
  if (width > 0) svg.setAttribute("viewBox", box.join(" ")); // 0 in a page that is not shown
  const [, , w, h] = svg.getAttribute("viewBox").split(" ").map(Number);
  return { width: w, height: h };
}
