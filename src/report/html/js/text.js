// Elements, and text that is cut to what fits.
"use strict";
window.distkey = window.distkey || {};
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const FONT = "system-ui, sans-serif";
  const context = document.createElement("canvas").getContext("2d");
  const widths = new Map();

  function width(text, size, bold) {
    const key = `${size}${bold ? "b" : ""} ${text}`;
    let known = widths.get(key);
    if (known === undefined) {
      context.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
      known = context.measureText(text).width;
      if (widths.size > 20000) widths.clear();
      widths.set(key, known);
    }
    return known;
  }

  // The text, cut with an ellipsis where it is wider than what there is.
  function fit(text, room, size, bold) {
    if (width(text, size, bold) <= room) return text;
    const letters = [...text];
    let [low, high] = [0, letters.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (width(`${letters.slice(0, middle).join("")}…`, size, bold) <= room) low = middle; else high = middle - 1;
    }
    return `${letters.slice(0, low).join("").trimEnd()}…`;
  }

  function svg(name, attributes = {}, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function html(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  Object.assign(window.distkey, { width, fit, svg, html, all });
})();
