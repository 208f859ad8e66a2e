// The page: it hands the code to Python in its worker, shows what comes back, and can stop it.

let worker = null;
let ready = false;
let wanted = null; // the code to be checked once Python is there
let checking = false;

/** Say in a sentence how things are; kind: "busy", "failed" or "". */
function report(name, parts = {}, kind = "") {
  byId("status").textContent = say(name, parts);
  byId("status").className = `status ${kind}`;
}

const absolute = (address) => new URL(address, document.baseURI).href;

function startWorker() {
  ready = false;
  if (location.protocol === "file:") return report("needs_server", {}, "failed");
  report("loading_python", {}, "busy");
  const started = (worker = new Worker("worker.js", { type: "module" }));
  started.addEventListener("message", ({ data }) => started === worker && HEARD[data.kind](data));
  started.addEventListener("error", (event) => {
    event.preventDefault();
    if (started === worker) HEARD.failed({ what: "python", address: absolute("worker.js") });
  });
  const { pyodide, viz, packages, speaks } = known;
  const [python, layout, own] = [pyodide, viz, packages].map(absolute);
  worker.postMessage({ start: { pyodide: python, viz: layout, packages: own, speaks } });
}

const HEARD = {
  loading: ({ what }) => report(`loading_${what}`, {}, "busy"),
  ready() {
    ready = true;
    report("ready");
    if (wanted !== null) send();
  },
  failed({ what, address }) {
    worker.terminate();
    worker = null;
    checking = false;
    byId("stop").disabled = true;
    report(what === "packages" ? "failed_packages" : "failed", { address }, "failed");
  },
  answer({ name, answer }) {
    if (name === "report") forget();
    show(name, answer);
  },
  drawing: () => report("drawing", {}, "busy"),
  undrawn({ address }) {
    for (const name of ["picture", "page"]) byId(name).replaceChildren(made("p", {}, say("failed_viz", { address })));
  },
  done: () => finish("done"),
  crashed({ text }) {
    restart();
    showAll("nothing");
    showTrouble(say("crashed", { text }));
  },
};

function finish(name) {
  checking = false;
  byId("stop").disabled = true;
  report(name);
}

/** Have the code checked: now, or once Python is there. */
function check() {
  if (checking && ready) restart();
  wanted = code.value;
  if (worker === null) startWorker();
  if (ready) send();
}

function send() {
  checking = true;
  byId("stop").disabled = false;
  showAll("waiting");
  report("checking", {}, "busy");
  worker.postMessage({ code: wanted });
  wanted = null;
}

/** End what runs, and start Python anew. */
function restart() {
  worker?.terminate();
  checking = false;
  byId("stop").disabled = true;
  startWorker();
}

byId("check").addEventListener("click", check);
byId("stop").addEventListener("click", () => {
  restart();
  showAll("stopped");
});
byId("link").addEventListener("click", async () => {
  await remember();
  try {
    await navigator.clipboard.writeText(location.href);
    report("copied");
  } catch {
    report("copy_by_hand");
  }
});
byId("sample").addEventListener("change", ({ target }) => {
  if (!target.value) return;
  write(known.samples[target.value]);
  showAll("nothing");
  showTab("report");
  remember();
});
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) check();
});

let remembering = null;
code.addEventListener("input", () => {
  clearTimeout(remembering);
  remembering = setTimeout(remember, 300); // of many letters the last
});

async function open() {
  write(await remembered());
  await remember();
}

addEventListener("hashchange", open);
startWorker();
open();
