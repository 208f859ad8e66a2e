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

async function startPython(address) {
  const { loadPyodide } = await import(`${address}pyodide.mjs`);
  const quiet = () => {};
  const nobody = () => null; // types: input() is at the end of its file
  return loadPyodide({ indexURL: address, stdin: nobody, stdout: quiet, stderr: quiet });
}

async function start({ pyodide, viz, packages, speaks }) {
  const python = await loaded("python", pyodide, startPython);
  await loaded("numpy", pyodide, async () => {
    const texts = [];
    await python.loadPackage("numpy", { messageCallback: () => {}, errorCallback: (text) => texts.push(text) });
    if (!("numpy" in python.loadedPackages)) throw new Error(texts.join("; "));
  });
  const archive = await loaded("packages", packages, fetched);
  python.unpackArchive(archive, "zip", { extractDir: "/home/pyodide" });
  self.viz = await loaded("viz", viz, async (address) => (await import(address)).instance());
  const module = await loaded("packages", packages, async () => python.pyimport("microgradnet.pages.playground.session"));
  session = module.Session("/home/pyodide", speaks);
  tell("ready");
}

/** Check the code, then draw it, then make its page: each is told when it is there. */
function answer(text) {
  tell("answer", { name: "report", answer: JSON.parse(session.check(text)) });
  tell("answer", { name: "picture", answer: JSON.parse(session.picture()) });
  tell("answer", { name: "page", answer: JSON.parse(session.page()) });
  tell("done");
}

addEventListener("message", async ({ data }) => {
  if (data.start) return start(data.start).catch(() => {}); // told already
  try {
    answer(data.code);
  } catch (error) {
    tell("crashed", { text: String(error).trim().split("\n").at(-1) });
  }
});
