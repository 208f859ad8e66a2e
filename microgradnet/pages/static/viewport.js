// How the picture lies in its pane: at 100 %, fitted, larger and smaller, moved.
// The page has `views`; `revealNow`, which brings what it is about into sight; and `overviewNow`, which
// returns a view for the shape of the pane instead of one that cannot be read if it is fitted; one that
// cannot be, either, is as wide as the pane and `isLong`.

const pane = byId("pane");
const SMALLEST = { wide: 11, narrow: 10 }; // pixels of the smallest letters at 100 %
const NARROW = matchMedia("(max-width: 480px)");
const LARGEST = 1.8;
const FARTHEST = [0.15, 4];
const MARGIN = 16;
// pixels a unit if chosen; whether all is in sight; whether chains of like steps are folded
const looking = { size: null, whole: false, folded: pane.querySelector("svg.folded") !== null };
let gliding = false; // as the page opens, it scrolls at once
const inSight = () => views.find(({ svg }) => !svg.classList.contains("away"));

/** The size at which the smallest letters of a view can be read: its 100 %. */
const readable = ({ letters }) => SMALLEST[NARROW.matches ? "narrow" : "wide"] / letters;

/** The size at which all of a view is in sight. */
function whole({ width, height }) {
  return Math.min((pane.clientWidth - 1) / width, (pane.clientHeight - 1) / height, LARGEST);
}

/** Choose the view that suits the shape of the pane, and its size: 100 %, larger if there is room. */
function fit() {
  const fitting = views.filter((view) => !view.drawnFor && Boolean(view.isFolded) === looking.folded);
  const largest = fitting.reduce((a, b) => (whole(b) > whole(a) ? b : a));
  const best = whole(largest) < readable(largest) ? overviewNow(largest) : largest;
  const size = looking.size ?? (looking.whole && !best.isLong ? whole(best) : Math.max(whole(best), readable(best)));
  pane.classList.toggle("whole", size <= whole(best));
  byId("fit").setAttribute("aria-pressed", looking.whole && !looking.size);
  for (const { svg, width, height } of views) {
    svg.classList.toggle("away", svg !== best.svg);
    svg.style.width = `${width * size}px`;
    svg.style.height = `${height * size}px`;
  }
  return size;
}

/** Show it larger or smaller; the given point of the pane, or its middle, stays in place. */
function zoom(by, at = { x: pane.clientWidth / 2, y: pane.clientHeight / 2 }) {
  const before = fit();
  looking.size = Math.min(Math.max(before * by, FARTHEST[0]), FARTHEST[1]);
  const grown = fit() / before;
  pane.scrollLeft = (pane.scrollLeft + at.x) * grown - at.x;
  pane.scrollTop = (pane.scrollTop + at.y) * grown - at.y;
}

function showWhole() {
  Object.assign(looking, { size: null, whole: true });
  fit();
  revealNow();
}

function showReadable() {
  Object.assign(looking, { size: null, whole: false });
  fit();
  revealNow();
}

const union = (a, b) => ({
  left: Math.min(a.left, b.left), right: Math.max(a.right, b.right),
  top: Math.min(a.top, b.top), bottom: Math.max(a.bottom, b.bottom),
});

/** Bring a part of the picture into sight, with as many of its neighbours as there is room for. */
function bringToSight(part, neighbours = []) {
  if (!part) return;
  const frame = pane.getBoundingClientRect();
  const room = { x: pane.clientWidth - 2 * MARGIN, y: pane.clientHeight - 2 * MARGIN };
  let box = part.getBoundingClientRect();
  for (const other of neighbours) {
    const grown = union(box, other.getBoundingClientRect());
    if (grown.right - grown.left <= room.x && grown.bottom - grown.top <= room.y) box = grown;
  }
  const inside =
    box.left >= frame.left + MARGIN && box.right <= frame.left + MARGIN + room.x &&
    box.top >= frame.top + MARGIN && box.bottom <= frame.top + MARGIN + room.y;
  if (inside) return;
  const middle = (box.top + box.bottom - pane.clientHeight) / 2;
  const calm = !gliding || matchMedia("(prefers-reduced-motion: reduce)").matches;
  pane.scrollBy({
    left: (box.left + box.right) / 2 - frame.left - pane.clientWidth / 2,
    top: Math.min(middle, box.top - MARGIN) - frame.top, // its title is at the top
    behavior: calm ? "instant" : "smooth",
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
byId("readable").addEventListener("click", showReadable);
new ResizeObserver(() => {
  fit();
  if (!looking.size) revealNow();
}).observe(pane);
