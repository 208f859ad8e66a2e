// What was found: the report as a table, the picture, the page.

const TABS = ["report", "picture", "page"];
const NAMED = 2; // mistakes, in the sentence beside the code
let urls = []; // of the pictures shown, freed when others are

function showTab(name) {
  for (const tab of TABS) {
    const chosen = tab === name;
    byId(`tab-${tab}`).setAttribute("aria-selected", chosen);
    byId(`tab-${tab}`).tabIndex = chosen ? 0 : -1;
    byId(tab).hidden = !chosen;
  }
}

for (const [i, name] of TABS.entries()) {
  const tab = byId(`tab-${name}`);
  tab.addEventListener("click", () => showTab(name));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(i + step + TABS.length) % TABS.length];
    showTab(next);
    byId(`tab-${next}`).focus();
  });
}

function showAll(hint) {
  byId("verdict").replaceChildren();
  for (const name of TABS) byId(name).replaceChildren(made("p", { class: "hint" }, say(hint)));
}

/** The verdict in a sentence, beside the code, with ways to lines; kind: "right", "wrong" or "". */
function showVerdict(kind, sentence, places = []) {
  const ways = places.map(([line, what]) => {
    const way = made("button", { type: "button" }, say("line", { line, what }));
    way.addEventListener("click", () => goToLine(line));
    return way;
  });
  byId("verdict").replaceChildren(made("p", { class: `verdict ${kind}` }, sentence), ...ways);
}

/** A sentence in place of a report: it stays while the status says what is loaded. */
function showTrouble(sentence) {
  showVerdict("wrong", sentence);
  byId("report").replaceChildren(made("p", { class: "verdict wrong" }, sentence));
}

/** An error of the code, with a way to its line. */
function errorOf({ kind, text, line }) {
  const said = made("p", {}, made("span", { class: "kind" }, `${kind}: `), text);
  const box = made("div", { class: "error" }, said);
  if (line) {
    const button = made("button", { type: "button" }, say("to_line", { line }));
    button.addEventListener("click", () => goToLine(line));
    box.append(button);
  }
  return box;
}

const SHOWN = { report: showReport, picture: showPicture, page: showPage };

/** Show an answer in its place; what could not be made says why. */
function show(name, answer) {
  if (!answer.error) return SHOWN[name](answer);
  byId(name).replaceChildren(errorOf(answer.error));
  if (name !== "report") return;
  byId(name).prepend(made("p", { class: "verdict wrong" }, say("not_checked")));
  const { kind, text, line } = answer.error;
  showVerdict("wrong", line ? say("not_checked") : text, line ? [[line, `${kind}: ${text}`]] : []);
  if (line) {
    mark([line]);
    bringToView(line);
  }
}

function showReport({ rows, counts, notes, right }) {
  const worst = rows.some((row) => row.kind === "wrong") ? "wrong" : "";
  const verdict = made("p", { class: `verdict ${right ? "right" : worst}` }, right ? say("all_right") : counts);
  const columns = { derivative: "", written: "number", right: "number", verdict: "" };
  const head = Object.entries(columns).map(([name, kind]) => made("th", { scope: "col", class: kind }, say(name)));
  const body = made("tbody", {}, ...rows.flatMap(rowsOf));
  const table = made("table", {}, made("thead", {}, made("tr", {}, ...head)), body);
  const below = notes.map((text) => made("p", { class: "hint" }, text));
  byId("report").replaceChildren(verdict, table, ...below);
  const mistakes = rows.filter((row) => row.kind === "wrong" && row.line);
  const wrong = mistakes.map((row) => row.line);
  const places = mistakes.slice(0, NAMED).map(({ line, name, said }) => [line, `${name}: ${said.find((text) => text !== said[0]) ?? said[0]}`]);
  showVerdict(right ? "right" : worst, right ? say("all_right") : counts, places);
  mark(wrong);
  if (wrong.length) bringToView(wrong[0]);
}

/** A row of the table, and one below it for what there is to say. */
function rowsOf({ name, kind, verdict, written, right, said, line }) {
  const head = made("th", { scope: "row" }, name);
  if (line) {
    const button = made("button", { type: "button", title: say("to_line", { line }) }, name);
    button.addEventListener("click", () => goToLine(line));
    head.replaceChildren(button);
  }
  const numbers = [written, right].map((x) => made("td", { class: "number" }, x));
  const row = made("tr", { class: kind.split(" ")[0] }, head, ...numbers, made("td", { class: "verdict-of" }, verdict));
  if (!said.length) return [row];
  const texts = said.map((text) => made("div", {}, text));
  return [row, made("tr", { class: "said" }, made("td", { colspan: 4 }, ...texts))];
}

function blobOf(text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  urls.push(url);
  return url;
}

function forget() {
  for (const url of urls) URL.revokeObjectURL(url);
  urls = [];
}

/** The picture as an image: nothing in it can run. */
function showPicture({ light, dark }) {
  const [bright, dim] = [light, dark].map((svg) => blobOf(svg, "image/svg+xml"));
  const image = made("img", { src: bright, alt: say("picture_alt") });
  const source = made("source", { srcset: dim, media: "(prefers-color-scheme: dark)" });
  const frame = made("div", { class: "picture", tabindex: 0, role: "group", "aria-label": say("picture") }, made("picture", {}, source, image));
  const fit = made("button", { type: "button", "aria-pressed": "false" }, say("fit"));
  fit.addEventListener("click", () => fit.setAttribute("aria-pressed", frame.classList.toggle("fit")));
  byId("picture").replaceChildren(made("div", { class: "bar" }, fit, saved(bright, "picture.svg")), frame);
}

function showPage({ html }) {
  const frame = made("iframe", { title: say("page_title"), sandbox: "allow-scripts" });
  frame.srcdoc = html;
  byId("page").replaceChildren(made("div", { class: "bar" }, saved(blobOf(html, "text/html"), "page.html")), frame);
}

const saved = (href, name) => made("a", { href, download: name }, say("save"));
