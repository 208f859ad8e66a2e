// Formulas in the derivation's spelling, d_L_d_w1 = 2 × (h1 - 1), set as mathematics (MathML).

const WORD = "[\\p{L}\\p{N}_]+";
const NAMED = `(?:\\((?:[^()]|\\([^()]*\\))*\\)|${WORD})`; // a name, or a formula in brackets
const DERIVATIVES = `d_(?<dy>\\([^()]*\\)|${WORD}?)_d_(?<dx>${NAMED})|∂(?<py>${NAMED})/∂(?<px>${NAMED})`;
const TOKENS = new RegExp(
  [
    DERIVATIVES,
    "(?<number>\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?)",
    `(?<call>[\\p{L}_][\\p{L}\\p{N}_]*)\\(`,
    `(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)`,
    "(?<power>\\*\\*|[²³⁰¹⁴-⁹])",
    "(?<relation>\\+=|[=→])",
    "(?<sign>[×·+−*/-])",
    "(?<open>\\()",
    "(?<close>\\))",
    "(?<space>\\s+)",
    "(?<other>[^])",
  ].join("|"),
  "uy",
);
const KNOWN_AS = { sigmoid: "σ", deriv_sigmoid: "σ′", ypred: "y_pred" };
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const MATH = "http://www.w3.org/1998/Math/MathML";

function math(tag, content = [], attributes = {}) {
  const made = document.createElementNS(MATH, tag);
  for (const [name, held] of Object.entries(attributes)) made.setAttribute(name, held);
  made.append(...[content].flat());
  return made;
}

/** w1 with its 1 below, y_pred with its pred below; d_f of a function with a prime. */
function nameOf(text) {
  const known = KNOWN_AS[text] ?? text.replace(/^deriv_(.+)$/, "$1′");
  const [, stem, below] = /^(_*[^\p{N}_]*)_?(.*)$/u.exec(known);
  const letter = math("mi", stem || known);
  if (!stem || !below) return letter;
  return math("msub", [letter, math("mi", below)]);
}

function derivative(over, under) {
  const d = (text) => math("mrow", [math("mo", "∂", { lspace: "0", rspace: "0" }), ...set(text).flat()]);
  return math("mfrac", [d(over), d(under)]);
}

/** The tokens of a text, one after the other. */
function tokens(text) {
  const found = [];
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < text.length) {
    const { groups } = TOKENS.exec(text);
    const pair = pairOf(groups);
    if (pair) found.push(["derivative", ...pair]);
    else found.push(...Object.entries(groups).filter(([, held]) => held !== undefined));
  }
  return found;
}

/** What is derived by what, where a match is a derivative. */
function pairOf({ dy, dx, py, px }) {
  if (dy !== undefined) return parted(dy, dx);
  return py === undefined ? null : [py, px];
}

/** d_a_d_b: where a name has _d_ in it, the parting is the one at which both are known. */
function parted(over, under) {
  const known = new Set(data.nodes.map(({ name }) => name));
  const parts = `${over}_d_${under}`.split("_d_");
  for (let i = 1; i < parts.length; i++) {
    const pair = [parts.slice(0, i).join("_d_"), parts.slice(i).join("_d_")];
    if (pair.every((name) => known.has(name))) return pair;
  }
  return [over, under];
}

/** The pieces of a formula between which a line may end: each an operator and what follows it. */
function set(text) {
  const left = tokens(text);
  const pieces = [[]];
  while (left.length) {
    const row = pieces.at(-1);
    const waits = !row.length || (row.length === 1 && row[0].localName === "mo"); // for an operand
    if (waits && /^[-−]$/.test(left[0][1])) left[0][0] = "prefix";
    else if (row.length && /relation|sign/.test(left[0][0]) && left[0][1] !== "/") pieces.push([]);
    into(pieces.at(-1), left);
  }
  return pieces;
}

/** Take the first tokens that belong together and add their element. */
function into(row, left) {
  const [kind, held, more] = left.shift();
  const make = {
    derivative: () => derivative(held, more),
    number: () => number(held),
    name: () => nameOf(held),
    call: () => math("mrow", [nameOf(held), math("mo", "\u2061"), bracket(left)]),
    open: () => bracket(left),
    relation: () => operator(held),
    sign: () => operator({ "-": "−", "*": "·" }[held] ?? held),
    prefix: () => math("mo", held.replace("-", "−"), { form: "prefix" }),
    power: () => raised(row.pop(), held, left),
  }[kind];
  if (make) row.push(make());
  else if (kind !== "space") row.push(math("mtext", held));
}

const operator = (text) => math("mo", text, { form: "infix", stretchy: "false" });

function number(text) {
  const [mantissa, e] = text.split("e");
  if (e === undefined) return math("mn", text);
  const power = math("msup", [math("mn", "10"), math("mn", String(Number(e)).replace("-", "−"))]);
  return math("mrow", [math("mn", mantissa), math("mo", "·"), power]);
}

function bracket(left) {
  const inside = [];
  while (left.length && left[0][0] !== "close") {
    if (!inside.length && left[0][0] === "sign") left[0][0] = "prefix";
    into(inside, left);
  }
  left.shift();
  return math("mrow", [math("mo", "(", { stretchy: "false" }), ...inside, math("mo", ")", { stretchy: "false" })]);
}

function raised(base, held, left) {
  const exponent = [];
  if (held !== "**") exponent.push(math("mn", String(SUPERSCRIPTS.indexOf(held))));
  while (held === "**" && left.length && !exponent.length) into(exponent, left);
  return math("msup", [base ?? math("mrow"), math("mrow", exponent)]);
}

/** A sentence, or a choice (a if b > 0 else c): its derivatives as mathematics, its words as words. */
function sentence(text) {
  const found = [];
  let at = 0;
  for (const match of text.matchAll(new RegExp(DERIVATIVES, "gu"))) {
    found.push(text.slice(at, match.index), math("math", derivative(...pairOf(match.groups))));
    at = match.index + match[0].length;
  }
  return [...found, text.slice(at)];
}

/** A line as elements that a window can break between its operators. */
function typeset(text) {
  if (/[\p{L}\p{N}_] +[\p{L}_]/u.test(text)) return sentence(text);
  const rows = set(text.trim()).filter((row) => row.length).map((row) => math("math", math("mrow", row), { displaystyle: "true" }));
  return rows.flatMap((row, k) => (k ? [element("wbr"), row] : [row]));
}

/** Show a text of several lines as formulas; what it says in plain letters stays with it. */
function showFormulas(place, text) {
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(
    ...text.split("\n").map((line) => element("div", { className: /^ /.test(line) ? "formula on" : "formula" }, ...typeset(line))),
  );
}
