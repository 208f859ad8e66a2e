// The code stands in the address, so that a link opens the same: by its name where it is of the
// menu, else packed.

async function through(bytes, stream) {
  const packed = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

async function packed(text) {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unpacked(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
}

const nameOf = (text) => Object.keys(known.samples).find((name) => known.samples[name] === text) ?? "";

/** Write the code into the address, and for the page in the other language too. */
async function remember() {
  const text = code.value;
  const name = nameOf(text);
  const hash = name ? `#sample=${name}` : `#code=${await packed(text)}`;
  if (text !== code.value) return; // there is a newer one
  byId("sample").value = name;
  history.replaceState(null, "", hash);
  for (const link of document.querySelectorAll("a.lang")) link.hash = hash;
}

/** The code that an address has; the first of the menu where it has none, or one that is broken. */
async function remembered() {
  const found = new URLSearchParams(location.hash.slice(1));
  const first = Object.values(known.samples)[0];
  if (!found.has("code")) return known.samples[found.get("sample")] ?? first;
  try {
    return await unpacked(found.get("code"));
  } catch {
    showTrouble(say("bad_link"));
    return first;
  }
}
