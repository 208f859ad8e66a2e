// Practice: each number is asked for before it is shown, and the answer is judged at once.

const game = { asked: data.practice?.asked ?? [], at: 0, answers: [], right: false };
const question = () => game.asked[game.at];
const answer = () => game.answers[game.at];
const playingGame = () => game.at < game.asked.length;

/** How far one may step: up to what is asked for. */
const furthest = () => (playingGame() ? question().step + Number(game.right) : data.steps.length);

/** The step whose number is asked for. */
const wanted = () => (playingGame() && !game.right ? data.steps[question().step] : {});

const NEAR = 0.01; // relative: what is written with three digits is right

/** The number that was typed, 1/4 and 0,25 too; nan where it is none. */
function typed(text) {
  const [over, under = "1", more] = text.trim().replace(/−/g, "-").replace(",", ".").split("/");
  const sound = [over, under].every((x) => x.trim() !== "") && more === undefined;
  return sound ? Number(over) / Number(under) : NaN;
}

/** How far a number is from the right one, as a part of it. */
const off = (x, right) => Math.abs(x - right) / (Math.abs(right) || 1);

/** What an answer is: "right", "near", "none", or "wrong" with the mistake that gives it. */
function judged(text) {
  const x = typed(text);
  if (!Number.isFinite(x)) return { verdict: "none" };
  const right = state.outputs[question().answer];
  if (off(x, right) <= NEAR) return { verdict: "right" };
  const [one, two] = [1, 2].map((digits) => Number(right.toPrecision(digits)));
  if (x === one || x === two) return { verdict: x === two ? "right" : "near" };
  const known = question().mistakes
    .map(([mistake, place]) => [mistake, state.outputs[place]])
    .filter(([, wrong]) => off(wrong, right) > NEAR)
    .map(([mistake, wrong]) => [mistake, off(x, wrong)])
    .filter(([, far]) => far <= NEAR)
    .sort((a, b) => a[1] - b[1]);
  return { verdict: "wrong", mistake: known[0]?.[0] ?? null };
}

function say(text, kind = "") {
  byId("verdict").textContent = text;
  byId("verdict").className = kind;
}

/** The number is shown, and the graph with it; the next question waits for a press. */
function solved() {
  game.right = true;
  for (const id of ["hint", "reveal"]) byId(id).disabled = true;
  byId("guess").readOnly = true;
  byId("check").textContent = words.next_question;
  const again = game.asked[game.at + 1]?.step === question().step; // it has more to ask
  goTo(again ? question().step : question().step + 1);
}

function tryAnswer() {
  const text = byId("guess").value;
  const found = judged(text);
  if (found.verdict === "none") return say(words.no_number);
  if (found.verdict === "near") return say(words.near);
  answer().given.push(text.trim());
  if (found.verdict === "right") {
    say(says("right", { number: pictured(state.outputs[question().answer]) }), "right");
    return solved();
  }
  answer().mistakes.push(found.mistake);
  const why = found.mistake ? words[`mistake_${found.mistake}`] : words.mistake_unknown;
  return say(`${words.wrong} ${why}`, "wrong");
}

function giveHint() {
  const { kind, hints } = question();
  const n = (answer().hints += 1);
  const line = element("div", { className: "hint-line" });
  if (n === 1) line.textContent = words[`hint_${kind}`];
  else showFormulas(line, written(hints[n - 2]));
  byId("hints").append(line);
  byId("hint").disabled = n === 3;
  byId("hint").textContent = says("hint_more", { n: 3 - n });
}

function giveUp() {
  answer().shown = true;
  say(says("shown", { number: pictured(state.outputs[question().answer]) }));
  solved();
}

function ask() {
  if (!playingGame()) return finish();
  const { kind, ask: asked, step } = question();
  game.right = false;
  game.answers[game.at] = { given: [], mistakes: [], hints: 0, shown: false };
  const text = written(asked);
  const phase = { value: words.ask_value, local: words.ask_local, gradient: words.ask_gradient, paths: words.ask_gradient }[kind];
  byId("asked").textContent = says("question", { k: game.at + 1, n: game.asked.length, phase });
  showFormulas(byId("question"), text);
  byId("guess").value = "";
  byId("guess").readOnly = false;
  byId("guess").setAttribute("aria-label", `${phase}: ${text}`);
  byId("check").textContent = words.check;
  byId("hint").textContent = says("hint_more", { n: 3 });
  for (const id of ["hint", "reveal"]) byId(id).disabled = false;
  byId("hints").replaceChildren();
  say("");
  goTo(step, step);
  if (game.at) byId("guess").focus();
}

/** How a question ended: right at once, right after a mistake or a hint, or shown. */
function outcome({ given, hints, shown }) {
  if (shown) return "shown";
  return given.length === 1 && hints === 0 ? "at_once" : "in_the_end";
}

/** The game as data. */
function score() {
  const questions = game.asked.map((asked, k) => ({
    question: written(asked.ask).replace(/ = $/, ""),
    kind: asked.kind,
    right: state.outputs[asked.answer],
    ...game.answers[k],
    outcome: outcome(game.answers[k]),
  }));
  const count = (kind) => questions.filter(({ outcome: how }) => how === kind).length;
  const answers = questions.flatMap(({ given }) => given).length;
  const wrong = questions.flatMap(({ mistakes }) => mistakes).length;
  const totals = { questions: questions.length, at_once: count("at_once"), in_the_end: count("in_the_end"), shown: count("shown") };
  return { title: document.title, finished: new Date().toISOString(), ...totals, answers, wrong, results: questions };
}

function finish() {
  const found = score();
  document.body.classList.remove("practising");
  byId("practice").hidden = true;
  byId("score").hidden = false;
  byId("points").textContent = says("points", found);
  const how = { at_once: words.at_once, in_the_end: words.in_the_end, shown: words.was_shown };
  byId("results").replaceChildren(
    ...found.results.map((one) => element("li", {}, ...typeset(one.question), how[one.outcome])),
  );
  goTo(data.steps.length);
  fit();
  byId("score-title").focus();
}

function startPractice() {
  Object.assign(game, { at: 0, answers: [], right: false });
  document.body.classList.add("practising");
  byId("practice").hidden = false;
  byId("score").hidden = true;
  Object.assign(state, { step: 0, selected: null });
  ask();
}

/** Other numbers for the leaves, whole where those given are, at which all that is asked is not 0. */
function otherNumbers() {
  const whole = given().every(Number.isInteger);
  const draw = whole ? () => Math.round(Math.random() * 10 - 5) || 2 : () => Math.round(Math.random() * 30 - 15) / 10 || 0.5;
  const sound = (x) => Number.isFinite(x) && Math.abs(x) > 1e-3;
  for (let k = 0; k < 100; k++) {
    state.inputs = given().map(draw);
    state.outputs = program(state.inputs).map((x) => x + 0);
    if (game.asked.every((asked) => sound(state.outputs[asked.answer]))) break;
  }
  keepInSample();
}

function save(name, text) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

if (data.practice) {
  byId("practice").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!game.right) return tryAnswer();
    game.at += 1;
    return ask();
  });
  byId("hint").addEventListener("click", giveHint);
  byId("reveal").addEventListener("click", giveUp);
  byId("again").addEventListener("click", () => {
    otherNumbers();
    startPractice();
  });
  byId("export").addEventListener("click", () => save("practice.json", JSON.stringify(score(), null, 2)));
}
