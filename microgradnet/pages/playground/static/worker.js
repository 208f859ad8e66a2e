// Python in a thread of its own: the page stays live, and can end it.

let session = null;

const tell = (kind, said = {}) => postMessage({ kind, ...said });

/** Load what is at an address; where it cannot be had, the address is told. */
async function loaded(what, address, load) {
  tell("loading", { what });
  try {
    return await load(address);
  } catch (error) {
    tell("failed", { what, address, text: String(error) });
    throw error;
  }
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.arrayBuffer();
}

/** Python with NumPy, which is fetched while Python starts. */
async function startPython(address) {
  const { loadPyodide } = await import(`${address}pyodide.mjs`);
  const quiet = () => {};
  const nobody = () => null; // types: input() is at the end of its file
  return loadPyodide({ indexURL: address, packages: ["numpy"], stdin: nobody, stdout: quiet, stderr: quiet });
}

let drawing = null; // where the drawing program is, until it is loaded
let unkept = null; // where the packages are, until their modules are kept as bytecode

const store = () => caches.open("bytecode"); // there is none at an address without https

/** The compiled modules that an earlier visit has kept, if any: they are there a second sooner. */
async function kept(packages) {
  try {
    return await (await (await store()).match(packages))?.arrayBuffer();
  } catch {
    return undefined;
  }
}

async function keep(packages) {
  try {
    const content = session.bytecode().toJs();
    await caches.delete("bytecode"); // of other packages
    await (await store()).put(packages, new Response(content));
  } catch {
    // the next visit compiles them again
  }
}

async function start({ pyodide, viz, packages, speaks }) {
  const archive = fetched(packages);
  const compiled = kept(packages);
  archive.catch(() => {}); // told below, if Python starts
  const python = await loaded("python", pyodide, async (address) => {
    const python = await startPython(address);
    if (!("numpy" in python.loadedPackages)) throw new Error("NumPy");
    return python;
  });
  const unpack = (content) => python.unpackArchive(content, "zip", { extractDir: "/home/pyodide" });
  unpack(await loaded("packages", packages, () => archive));
  if (await compiled) unpack(await compiled);
  else unkept = packages;
  const module = await loaded("packages", packages, async () => python.pyimport("microgradnet.pages.playground.session"));
  session = module.Session("/home/pyodide", speaks);
  drawing = viz;
  tell("ready");
}

/** Whether there is a drawing program; it is loaded at the first picture. */
async function canDraw() {
  if (self.viz) return true;
  tell("loading", { what: "viz" });
  try {
    self.viz = await (await import(drawing)).instance();
    return true;
  } catch {
    return false;
  }
}

/** Check the code, then draw it, then make its page: each is told when it is there. */
async function answer(text) {
  tell("answer", { name: "report", answer: JSON.parse(session.check(text)) });
  if (await canDraw()) {
    tell("drawing");
    tell("answer", { name: "picture", answer: JSON.parse(session.picture()) });
    tell("answer", { name: "page", answer: JSON.parse(session.page()) });
  } else tell("undrawn", { address: drawing });
  tell("done");
  if (unkept) await keep(unkept);
  unkept = null;
}

addEventListener("message", async ({ data }) => {
  if (data.start) return start(data.start).catch(() => {}); // told already
  try {
    await answer(data.code);
  } catch (error) {
    tell("crashed", { text: String(error).trim().split("\n").at(-1) });
  }
});
