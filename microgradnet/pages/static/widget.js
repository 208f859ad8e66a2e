// The page as a widget: a frame that holds it, and messages between the frame and the model.

const SHOWN = ["inputs", "step", "selected"];

function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.srcdoc = model.get("html");
  frame.title = "backpropagation";
  frame.setAttribute("sandbox", "allow-scripts allow-downloads"); // an origin of its own
  frame.style.cssText = `width:100%;height:${model.get("height")}px;border:0`;

  const [names, leaves] = [model.get("names"), model.get("leaves")];
  let hearing = false;
  let pausing = null;

  // The page that is saved for a notebook without a kernel is not shown beside this one.
  const hidden = document.createElement("style");
  hidden.textContent = `[data-key="${model.get("key")}"] { display: none; }`;

  /** Show what the model says. */
  const send = () => {
    if (hearing) return;
    const inputs = leaves.map((name) => model.get("inputs")[name]);
    const place = names.indexOf(model.get("selected"));
    const said = { inputs, step: model.get("step"), selected: place < 0 ? null : place };
    frame.contentWindow?.postMessage({ microgradnet: said }, "*");
  };

  /** Tell the model what is shown. */
  const hear = ({ source, data }) => {
    if (source !== frame.contentWindow || !data?.microgradnet) return;
    const { inputs, step, selected } = data.microgradnet;
    hearing = true; // what the page told is not sent back to it
    model.set("inputs", Object.fromEntries(leaves.map((name, i) => [name, inputs[i]])));
    model.set("step", step);
    model.set("selected", selected === null ? null : names[selected]);
    model.save_changes();
    hearing = false;
    clearTimeout(pausing);
    pausing = setTimeout(() => {
      model.set("changes", model.get("changes") + 1); // the saved page is brought up to date
      model.save_changes();
    }, 1000);
  };

  frame.addEventListener("load", send);
  addEventListener("message", hear);
  for (const name of SHOWN) model.on(`change:${name}`, send);
  el.append(hidden, frame);
  return () => {
    clearTimeout(pausing);
    removeEventListener("message", hear);
    for (const name of SHOWN) model.off(`change:${name}`, send);
  };
}

export default { render };
