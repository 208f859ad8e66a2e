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

const store = () => caches.open("bytecode"); // there is none at an address without https
const PARTS = ["library", "packages"];
let unkept = null; // the key of what is to be kept for the next visit, until it is

/** The zip of compiled modules that an earlier visit has kept, if any: Python starts in half the time. */
async function kept(key) {
  try {
    return await (await (await store()).match(key))?.blob();
  } catch {
    return undefined;
  }
}

async function keep(key) {
  unkept = null;
  try {
    await caches.delete("bytecode"); // of other packages
    for (const part of PARTS) {
      const content = session.bytecode(part === "library").toJs();
      await (await store()).put(key + part, new Response(content));
    }
  } catch {
    // the next visit compiles them again
  }
}

/** Python with NumPy, which is fetched while Python starts, and the compiled modules of packages. */
async function startPython(address, packages) {
  const { loadPyodide, version } = await import(`${address}pyodide.mjs`);
  const key = `${packages}&${version}&`;
  const [library, compiled] = await Promise.all(PARTS.map((part) => kept(key + part)));
  const quiet = () => {};
  const nobody = () => null; // types: input() is at the end of its file
  const options = { indexURL: address, packages: ["numpy"], stdin: nobody, stdout: quiet, stderr: quiet };
  if (!library || !compiled) unkept = key;
  else options.stdLibURL = URL.createObjectURL(library);
  const python = await loadPyodide(options).catch((error) => {
    if (unkept) throw error;
    unkept = key; // what is kept is broken
    return loadPyodide({ ...options, stdLibURL: null });
  });
  if (!("numpy" in python.loadedPackages)) throw new Error("NumPy");
  return [python, unkept ? null : compiled];
}

async function start({ pyodide, viz, packages, speaks }) {
  const archive = fetched(packages);
  archive.catch(() => {}); // told below, if Python starts
  const [python, compiled] = await loaded("python", pyodide, (address) => startPython(address, packages));
  const unpack = (content, extractDir) => python.unpackArchive(content, "zip", { extractDir });
  unpack(await loaded("packages", packages, () => archive), "/home/pyodide");
  if (compiled) unpack(await compiled.arrayBuffer(), "/");
  else python.runPython("import sys; sys.dont_write_bytecode = False"); // else it is compiled again to be kept
  const module = await loaded("packages", packages, async () => python.pyimport("microgradnet.pages.playground.session"));
  session = module.Session("/tmp", speaks); // apart from the packages, which are not the code
  drawing = viz;
  tell("ready");
}

let drawing = null; // where the drawing program is, until it is loaded

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
  if (unkept) await keep(unkept); // now, since many leave once they have seen the report
  if (await canDraw()) {
    tell("drawing");
    tell("answer", { name: "picture", answer: JSON.parse(session.picture()) });
    tell("answer", { name: "page", answer: JSON.parse(session.page()) });
  } else tell("undrawn", { address: drawing });
  tell("done");
}

addEventListener("message", async ({ data }) => {
  if (data.start) return start(data.start).catch(() => {}); // told already
  try {
    await answer(data.code);
  } catch (error) {
    tell("crashed", { text: String(error).trim().split("\n").at(-1) });
  }
});
