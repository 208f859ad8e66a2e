// The editor: a text area with its lines numbered, and those that are wrong marked.

const known = JSON.parse(document.getElementById("settings").textContent);
const words = known.words;
const byId = (id) => document.getElementById(id);
const code = byId("code");
let marked = [];

/** A sentence of the page with its {parts} put in. */
const say = (name, parts = {}) => words[name].replace(/\{(\w+)\}/g, (_, part) => parts[part]);

/** An element with what is in it. */
function made(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

/** Number the lines, and mark those that are wrong. */
function numberLines() {
  const count = code.value.split("\n").length;
  const wrong = new Set(marked);
  byId("lines").replaceChildren(
    ...Array.from({ length: count }, (_, i) => made("div", { class: wrong.has(i + 1) ? "line wrong" : "line" }, `${i + 1}`)),
  );
  byId("marks").replaceChildren(
    ...[...wrong].map((line) => made("div", { style: `top: calc(${line - 1} * var(--line))`, "data-line": line })),
  );
  follow();
}

/** Lines that are marked until the code is changed. */
function mark(lines) {
  marked = lines;
  numberLines();
}

/** Numbers and marks go with the text. */
function follow() {
  byId("lines").style.transform = `translateY(${-code.scrollTop}px)`;
  byId("marks").style.transform = `translateY(${-code.scrollTop}px)`;
}

/** Choose a line, and bring it into view. */
function goToLine(line) {
  const lines = code.value.split("\n");
  const from = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  code.focus();
  code.setSelectionRange(from, from + (lines[line - 1] ?? "").length);
  bringToView(line);
}

function bringToView(line) {
  const height = parseFloat(getComputedStyle(code).lineHeight);
  const top = (line - 1) * height;
  const seen = top >= code.scrollTop && top + 2 * height <= code.scrollTop + code.clientHeight;
  if (!seen) code.scrollTop = Math.max(0, top - code.clientHeight / 3);
  follow();
}

function write(text) {
  code.value = text;
  code.scrollTop = 0;
  mark([]);
}

let leaving = false; // Escape lets the next Tab leave the editor

code.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leaving = true;
  else if (event.key === "Tab" && !event.shiftKey && !leaving) {
    event.preventDefault();
    document.execCommand("insertText", false, "    "); // which can be undone, unlike a new value
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing) {
    event.preventDefault();
    const before = code.value.slice(0, code.selectionStart).split("\n").at(-1);
    const deeper = /:\s*$/.test(before) ? "    " : "";
    document.execCommand("insertText", false, `\n${before.match(/^ */)[0]}${deeper}`);
  } else if (event.key !== "Tab" && event.key !== "Shift") leaving = false;
});
code.addEventListener("blur", () => (leaving = false));
code.addEventListener("input", () => mark([]));
code.addEventListener("scroll", follow);
