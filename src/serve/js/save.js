// Saving: the report, the JSON, the drawing with its colours in it.
"use strict";
(() => {
  const page = window.distkey.page;
  if (!page) return;
  const { all } = window.distkey;

  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // A drawing that opens anywhere: every colour and font is written where it is used.
  function alone(svg) {
    const copy = svg.cloneNode(true);
    const box = svg.viewBox.baseVal;
    const originals = [svg, ...svg.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((element, at) => {
      const style = getComputedStyle(originals[at]);
      for (const name of ["fill", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "opacity", "font-size", "font-weight"]) {
        const value = style.getPropertyValue(name);
        if (value) element.setAttribute(name, plain(value));
      }
      if (element.tagName === "text") element.setAttribute("font-family", "system-ui, sans-serif");
      for (const name of ["class", "tabindex", "role", "aria-selected", "aria-expanded", "aria-level"]) element.removeAttribute(name);
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    const back = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    back.setAttribute("width", "100%");
    back.setAttribute("height", "100%");
    back.setAttribute("fill", plain(getComputedStyle(svg.closest(".view")).backgroundColor));
    copy.prepend(back);
    return new XMLSerializer().serializeToString(copy);
  }

  // `color(srgb …)`, which a mix of colours computes to, is not known everywhere.
  function plain(value) {
    return value.replace(/color\(srgb ([\d.e+-]+) ([\d.e+-]+) ([\d.e+-]+)(?: \/ ([\d.e+-]+))?\)/g, (all_, r, g, b) =>
      `rgb(${[r, g, b].map((part) => Math.round(Number(part) * 255)).join(", ")})`);
  }

  // What is seen: the plan, or its joins.
  function drawing() {
    const section = page.result.querySelector("section.plan:not([hidden])");
    const joins = section.querySelector(".view.joins:not([hidden]) svg");
    if (joins) return alone(joins);
    const plan = window.distkey.planOf(section);
    // All of it, also what was not scrolled to.
    plan.boxes.draw(plan.svg, null);
    return alone(plan.svg);
  }

  // The same in pixels: two for each of the screen's, fewer where a canvas would be too large.
  async function pixels(text) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const sharp = Math.min(2, 16000 / image.width, 16000 / image.height);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.ceil(image.width * sharp), Math.ceil(image.height * sharp)];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => { canvas.toBlob(done, "image/png"); });
  }

  async function download(kind) {
    if (kind === "svg") { save("plan.svg", "image/svg+xml", drawing()); return; }
    if (kind === "png") { save("plan.png", "image/png", await pixels(drawing())); return; }
    const response = await page.post(kind === "json" ? "api" : "report");
    const text = await response.text();
    if (!response.ok) { const { error, field } = JSON.parse(text); page.fail(error, field); return; }
    save(`distkey.${kind}`, kind === "json" ? "application/json" : "text/html", text);
  }
  all("[data-save]").forEach((button) => button.addEventListener("click", () => download(button.dataset.save)));
  Object.assign(page, { drawing, pixels });
})();
