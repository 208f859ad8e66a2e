// Everything the page shows follows from two things: the numbers of the leaves and the step.

const data = JSON.parse(document.getElementById("data").textContent);
const words = data.words;
const says = (word, values) => words[word].replace(/\{(\w+)\}/g, (_, name) => values[name]);

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
