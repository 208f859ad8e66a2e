// How the picture lies in its pane: all of it in sight, larger and smaller, pushed about.

const READABLE = 9 / 11; // letters of 11 units at 9 pixels
const WHOLE = 6.5 / 11; // smaller letters are not read: then the value of the step is brought near
const SKETCH = 3 / 11; // still smaller ones do not even show the shape of the graph
const LARGEST = 4 / 3;
const FARTHEST = [0.15, 4];
const pane = byId("pane");
const inSight = () => views.find(({ svg }) => !svg.classList.contains("away"));

/** Choose the view that can be shown largest with all of it in sight, and its size. */
function fit() {
  const room = { width: pane.clientWidth - 1, height: pane.clientHeight - 1 };
  const whole = ({ width, height }) => Math.min(room.width / width, room.height / height, LARGEST);
  const best = views.reduce((a, b) => (whole(b) > whole(a) ? b : a));
  const opens = state.step === 0 && !playingGame() && whole(best) >= SKETCH;
  const near = opens || state.whole ? whole(best) : Math.max(whole(best), READABLE);
  const size = state.size ?? (whole(best) >= WHOLE ? whole(best) : near);
  pane.classList.toggle("whole", size <= whole(best));
  for (const { svg, width, height } of views) {
    svg.classList.toggle("away", svg !== best.svg);
    svg.style.width = `${width * size}px`;
    svg.style.height = `${height * size}px`;
  }
  return size;
}

/** Show it larger or smaller; what lies at a point of the pane, or in its middle, stays there. */
function zoom(by, at = { x: pane.clientWidth / 2, y: pane.clientHeight / 2 }) {
  const before = fit();
  state.size = Math.min(Math.max(before * by, FARTHEST[0]), FARTHEST[1]);
  const grown = fit() / before;
  pane.scrollLeft = (pane.scrollLeft + at.x) * grown - at.x;
  pane.scrollTop = (pane.scrollTop + at.y) * grown - at.y;
}

function showWhole() {
  Object.assign(state, { size: null, whole: true });
  fit();
}

/** Bring a value into sight. */
function reveal(place) {
  const box = inSight()?.nodes[place][0]?.group.getBoundingClientRect();
  if (!box) return;
  const frame = pane.getBoundingClientRect();
  const margin = 24;
  const inside =
    box.left >= frame.left + margin && box.right <= frame.right - margin &&
    box.top >= frame.top + margin && box.bottom <= frame.bottom - margin;
  if (inside) return;
  pane.scrollBy({
    left: (box.left + box.right - frame.left - frame.right) / 2,
    top: (box.top + box.bottom - frame.top - frame.bottom) / 2,
    behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
  });
}

let drag = null; // where the mouse went down, and whether it has moved since

const dragged = () => drag?.moved ?? false;

pane.addEventListener("pointerdown", ({ pointerType, button, clientX: x, clientY: y }) => {
  const pushed = pointerType === "mouse" && button === 0; // a finger scrolls by itself
  drag = pushed ? { x, y, left: pane.scrollLeft, top: pane.scrollTop, moved: false } : null;
});
addEventListener("pointermove", ({ buttons, clientX, clientY }) => {
  if (!drag || !(buttons & 1)) return;
  const [dx, dy] = [clientX - drag.x, clientY - drag.y];
  drag.moved ||= Math.hypot(dx, dy) > 4;
  if (drag.moved) pane.scrollTo(drag.left - dx, drag.top - dy);
});
pane.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // a pinch comes with ctrl; else it scrolls
    event.preventDefault();
    const frame = pane.getBoundingClientRect();
    const at = { x: event.clientX - frame.left, y: event.clientY - frame.top };
    zoom(Math.exp(-event.deltaY / 200), at);
  },
  { passive: false },
);
byId("smaller").addEventListener("click", () => zoom(1 / 1.25));
byId("larger").addEventListener("click", () => zoom(1.25));
byId("fit").addEventListener("click", showWhole);
new ResizeObserver(fit).observe(pane);
