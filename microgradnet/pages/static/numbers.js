// Everything the page shows follows from two things: the numbers of the leaves and the step.

const data = JSON.parse(document.getElementById("data").textContent);
const words = data.words;
const says = (word, values) => words[word].replace(/\{(\w+)\}/g, (_, name) => values[name]);

const SPECIAL = { inf: Infinity, "-inf": -Infinity, nan: NaN }; // which JSON does not have
const given = () => data.leaves.map(({ number }) => SPECIAL[number] ?? number);

const state = {
  inputs: given(),
  outputs: [],
  step: 0,
  selected: null,
  taken: 0, // steps of gradient descent
  losses: [], // [step, loss], so many steps apart:
  stride: 1,
};
const root = data.nodes[data.nodes.length - 1];
const leafOf = new Map(data.leaves.map((leaf, i) => [leaf.node, i]));

/** As Python writes f"{x:.4g}": four digits, a tie to the even one. */
function general(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
  if (x === 0) return "0";
  let text = Math.abs(x).toExponential(3);
  const exact = Math.abs(x).toExponential(60);
  if (/^\d\.\d\d[02468]50*e/.test(exact)) text = exact.slice(0, 5) + exact.slice(exact.indexOf("e"));
  const [mantissa, e] = text.split("e");
  const exponent = Number(e);
  const sign = x < 0 ? "-" : "";
  if (exponent >= -4 && exponent < 4) {
    const fixed = Number(text).toFixed(3 - exponent);
    return sign + (fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed);
  }
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign}${mantissa.replace(/\.?0+$/, "")}e${exponent < 0 ? "-" : "+"}${size}`;
}

const pictured = (x) => general(x).replace(/-/g, "−");

/** A text in pieces: strings, and [in brackets if negative, which output]. */
function written(pieces) {
  return pieces
    .map((piece) => {
      if (typeof piece === "string") return piece;
      const [bracketed, place] = piece;
      const text = general(state.outputs[place]);
      return bracketed && state.outputs[place] < 0 ? `(${text})` : text;
    })
    .join("");
}
