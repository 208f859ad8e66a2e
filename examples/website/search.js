// What is typed is looked for in the titles and texts of all places of the site.

const query = document.getElementById("query");
const list = document.getElementById("found");
const MOST = 12;
const up = document.currentScript.dataset.up ?? ""; // the way from this page to the site

/** Places that have all words, those first that have them in the title, or are in this language. */
function found(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const lang = document.documentElement.lang;
  const rank = (place) => {
    const title = place.title.toLowerCase();
    const whole = `${title} ${place.text.toLowerCase()}`;
    if (!words.length || !words.every((word) => whole.includes(word))) return 0;
    const exact = words.length === 1 && title === words[0] ? 8 : 0;
    const named = words.every((word) => title.includes(word)) ? 4 : 0;
    return 1 + exact + named + ((place.lang ?? "en") === lang ? 1 : 0);
  };
  const ranked = INDEX.map((place) => [rank(place), place]).filter(([r]) => r);
  return ranked.sort(([a], [b]) => b - a).slice(0, MOST).map(([, place]) => place);
}

query.addEventListener("input", () => {
  const items = found(query.value).map(({ title, url, text }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = up + url;
    link.textContent = title;
    const said = document.createElement("small");
    said.textContent = text.trim().slice(0, 90);
    link.append(said);
    item.append(link);
    return item;
  });
  list.replaceChildren(...items);
  list.hidden = !items.length;
});

query.addEventListener("keydown", (event) => {
  if (event.key === "Enter") list.querySelector("a")?.click();
  if (event.key === "Escape") list.hidden = true;
});
