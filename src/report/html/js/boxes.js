// The boxes of a plan as a drawing: which are shown, what stands in them, what is folded away.
"use strict";
(() => {
  const { svg, fit, width, layout, line, BOX_WIDTH } = window.distkey;
  const PAD = 10;
  const LINE = 18;
  const TEXT = 15;
  // Above this many boxes only those near what is seen are drawn.
  const ALL_AT_ONCE = 400;

  class Boxes {
    constructor(data) {
      this.data = data;
      this.scale = 0;
      this.of = new Array(data.steps.length);
      this.nodes = data.boxes.map((box, at) => {
        for (const step of box.steps) this.of[step] = at;
        return { ...box, at, own: box.steps.length, inputs: [], folded: false };
      });
      data.alike.forEach((group) => {
        const node = { ...group, at: this.nodes.length, own: 0, inputs: [], folded: true, lines: [], steps: [], side: "", group: true };
        for (const box of group.boxes) this.nodes[box].in = node;
        this.nodes.push(node);
      });
      this.roots = [];
      const placed = new Set();
      for (const node of this.nodes) {
        if (node.group) continue;
        const above = node.in || (node.parent === null ? null : this.nodes[node.parent]);
        node.up = above;
        if (!above) this.roots.push(node); else above.inputs.push(node);
        if (node.in && !placed.has(node.in)) {
          placed.add(node.in);
          node.in.up = this.nodes[node.in.parent];
          node.in.up.inputs.push(node.in);
        }
      }
      for (const node of [...this.nodes].reverse()) {
        const text = node.texts.length;
        node.height = 15 + Math.max(node.lines.length, 1) * LINE + text * TEXT;
      }
      this.lay();
    }

    lay() {
      for (const node of this.nodes) {
        node.children = node.folded ? [] : node.inputs;
        node.element = null;
      }
      Object.assign(this, layout(this.roots));
      this.most = this.boxes.reduce((most, node) => Math.max(most, node.bytes), 2);
    }

    // How many steps are below a box.
    hidden(node) {
      let count = 0;
      const open = [...node.inputs];
      while (open.length) {
        const one = open.pop();
        count += one.own;
        open.push(...one.inputs);
      }
      return count;
    }

    // Opens all that hides a step; says whether something was opened.
    reveal(step) {
      let opened = false;
      for (let node = this.nodes[this.of[step]].up; node; node = node.up) {
        if (node.folded) { node.folded = false; opened = true; }
      }
      if (opened) this.lay();
      return opened;
    }

    // The box that stands for a step: its own, or the one that it is folded into.
    shown(step) {
      const own = this.nodes[this.of[step]];
      let shown = own;
      for (let up = own.up; up; up = up.up) if (up.folded) shown = up;
      return shown;
    }

    toggle(node) {
      node.folded = !node.folded;
      this.lay();
    }

    // The largest value among the boxes that are shown.
    get largest() {
      return this.boxes.reduce((most, node) => Math.max(most, node.values.n[this.scale]), 0);
    }

    // Draws what is seen: `null` for all.
    draw(root, seen) {
      if (this.layer !== root) {
        root.replaceChildren();
        this.lines = root.appendChild(svg("g", { "aria-hidden": "true" }));
        this.layer = root;
        this.top = this.largest;
        this.left = this.boxes.length > ALL_AT_ONCE ? this.boxes : [];
        if (!this.left.length) { this.boxes.forEach((node) => this.add(node)); return; }
      }
      if (!this.left.length) return;
      const near = (node) => !seen || (node.x < seen.right && node.x + BOX_WIDTH > seen.left && node.y < seen.bottom && node.y + node.height > seen.top);
      const rest = [];
      for (const node of this.left) if (near(node)) this.add(node); else rest.push(node);
      this.left = rest;
    }

    redraw(root, seen) {
      for (const node of this.boxes) node.element = null;
      root.replaceChildren();
      this.layer = null;
      this.draw(root, seen);
    }

    // Draws one box now, wherever it is.
    ensure(node) {
      if (node.element || !this.layer) return;
      this.left = this.left.filter((other) => other !== node);
      this.add(node);
    }

    heat(value) {
      return this.top > 0 ? Math.ceil((value / this.top) * 9) : 0;
    }

    add(node) {
      const { data, scale } = this;
      if (node.up) this.link(node);
      const inner = BOX_WIDTH - 2 * PAD;
      const at = node.group ? "" : node.steps[0];
      const box = svg("g", {
        class: `step heat-${this.heat(node.values.n[scale])}${node.hot ? " hot" : ""}${node.group ? " alike" : ""}`,
        transform: `translate(${node.x} ${node.y})`, role: "treeitem", tabindex: "-1", "data-box": node.at, "data-step": at,
        "aria-level": this.level(node), "aria-selected": "false",
      });
      if (node.inputs.length) box.setAttribute("aria-expanded", String(!node.folded));
      if (node.group) box.append(svg("rect", { class: "box under", x: 4, y: 4, width: BOX_WIDTH, height: node.height, rx: 7 }));
      box.append(svg("rect", { class: "box", width: BOX_WIDTH, height: node.height, rx: 7 }));
      let y = 7;
      const lines = node.group ? [["", node.title, null]] : node.lines;
      lines.forEach(([numbers, name, step]) => {
        const own = lines.length > 1 ? data.steps[step].values.t[scale] : node.values.t[scale];
        const value = fit(own, inner * 0.45, 12, true);
        const codes = step === null ? [] : node.steps.filter((one) => lines.length === 1 || one === step).flatMap((one) => data.steps[one].findings);
        const mark = codes.length ? `⚑${codes.length > 1 ? codes.length : ""}` : "";
        const right = (value ? width(value, 12, true) + 8 : 0) + (mark ? width(mark, 12, false) + 8 : 0);
        const left = numbers ? width(numbers, 11, false) + 7 : 0;
        const row = svg("g", step === null ? {} : { class: "row", "data-step": step });
        if (lines.length > 1) row.append(svg("rect", { class: "row-back", x: 4, y: y - 1, width: BOX_WIDTH - 8, height: LINE, rx: 4 }));
        if (numbers) row.append(svg("text", { class: "number", x: PAD, y: y + 13 }, numbers));
        row.append(svg("text", { class: "name", x: PAD + left, y: y + 13 }, fit(name, inner - left - right, 13, true)));
        if (value) row.append(svg("text", { class: "value", x: BOX_WIDTH - PAD, y: y + 13, "text-anchor": "end" }, value));
        if (mark) row.append(svg("text", { class: "flag", x: BOX_WIDTH - PAD - (value ? width(value, 12, true) + 8 : 0), y: y + 13, "text-anchor": "end" }, mark));
        box.append(row);
        y += LINE;
      });
      node.texts.forEach((text, index) => {
        const last = index === node.texts.length - 1 && node.inputs.length;
        box.append(svg("text", { class: "sub", x: PAD, y: y + 11 }, fit(text, inner - (last ? 44 : 0), 12, false)));
        y += TEXT;
      });
      // Its name, for who points at it and for who hears it.
      const name = node.group ? [node.title] : node.steps.map((one) => `Step ${one + data.first}: ${data.steps[one].title}`);
      box.prepend(svg("title", {}, [...name, ...node.texts].join("\n")));
      if (node.inputs.length) {
        const label = node.folded ? `+${this.hidden(node)}` : "−";
        const wide = Math.max(18, width(label, 11, true) + 10);
        box.append(svg("g", { class: "fold", "aria-hidden": "true", "data-fold": node.at, transform: `translate(${BOX_WIDTH - PAD - wide} ${node.height - 9})` },
          svg("rect", { width: wide, height: 18, rx: 9 }), svg("text", { x: wide / 2, y: 13, "text-anchor": "middle" }, label)));
      }
      node.element = box;
      this.layer.append(box);
    }

    level(node) {
      let level = 1;
      for (let up = node.up; up; up = up.up) level += 1;
      return level;
    }

    // The line to the box above, as wide as the bytes that it carries, by their logarithm.
    link(node) {
      const { path, x, y, anchor } = line(node, node.up);
      const carried = Math.log(Math.max(node.bytes, 1)) / Math.log(this.most);
      this.lines.append(svg("path", { class: `arrow${node.hot ? " hot" : ""}`, d: path, "stroke-width": (1 + 6 * Math.min(1, Math.max(0, carried))).toFixed(1) }));
      if (node.side) this.lines.append(svg("text", { class: "input-side", x, y, "text-anchor": anchor }, node.side));
    }
  }

  window.distkey.Boxes = Boxes;
})();
