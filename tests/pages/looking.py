"""What a reader sees at first sight: the size of the letters, and what is out of sight."""

# The smallest letters of all text of an element in the window, in pixels, with the text.
SMALLEST = """selector => {
  const walker = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
  const sizes = [];
  for (let text; (text = walker.nextNode()); ) {
    const holder = text.parentElement;
    const hidden = holder.closest("script, style, noscript, option") || !holder.checkVisibility();
    if (hidden || !text.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) continue;
    const scale = holder.ownerSVGElement ? holder.getScreenCTM().a : 1;
    sizes.push([scale * parseFloat(getComputedStyle(holder).fontSize), text.data.trim()]);
  }
  return sizes.sort((a, b) => a[0] - b[0])[0];
}"""

# Those elements that are not wholly in the window, or in the pane that scrolls them.
OUT_OF_SIGHT = """selector => [...document.querySelectorAll(selector)]
  .filter((part) => part.checkVisibility())
  .filter((part) => {
    const box = part.getBoundingClientRect();
    const pane = (part.closest("#pane") ?? document.documentElement).getBoundingClientRect();
    const [left, top] = [Math.max(pane.left, 0), Math.max(pane.top, 0)];
    const [right, bottom] = [Math.min(pane.right, innerWidth), Math.min(pane.bottom, innerHeight)];
    const apart = [left - box.left, box.right - right, top - box.top, box.bottom - bottom];
    return Math.max(...apart) > 1;
  })
  .map((part) => part.outerHTML.slice(0, 90))"""

# The arrows of which a box hides a part.
HIDDEN = """() => {
  const all = (kind) => [...document.querySelectorAll(`#pane > svg:not(.away) g.${kind}`)];
  const boxes = all("node").map((box) => box.getBoundingClientRect());
  return all("edge path").filter((path) => Array.from({ length: 61 }, (_, k) => {
    const point = path.getPointAtLength((k / 60) * path.getTotalLength());
    return point.matrixTransform(path.getScreenCTM());
  }).some(({ x, y }) => boxes.some((box) =>
    x > box.left + 2 && x < box.right - 2 && y > box.top + 2 && y < box.bottom - 2,
  ))).map((path) => path.outerHTML);
}"""

WINDOWS = ((1440, 900), (1200, 900), (900, 900), (390, 844))


def smallest(tab, selector="body"):
    """The smallest letters in sight, rounded since the browser rounds a picture's width."""
    return round(tab.evaluate(SMALLEST, selector)[0], 2)


def readable(width):
    """The size that letters have at least in a window of that width."""
    return 10 if width <= 480 else 11
