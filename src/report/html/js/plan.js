// One plan: its drawing, its other views, its search, and which step is chosen.
"use strict";
(() => {
  const { all, Boxes, Frame, details, table, printed, BOX_WIDTH } = window.distkey;

  class Plan {
    constructor(root) {
      this.root = root;
      this.data = JSON.parse(root.querySelector("script.drawing").textContent);
      this.prefix = root.dataset.prefix;
      this.boxes = new Boxes(this.data);
      this.view = root.querySelector(".view.tree");
      this.svg = this.view.querySelector("svg");
      this.pane = root.querySelector(".chosen-step");
      this.later = {};
      this.frame = new Frame(this.view, this.svg, root.querySelector(".map"), () => this.map(), (seen) => this.boxes.draw(this.svg, seen));
      this.frame.size(this.boxes.width, this.boxes.height);
      this.open();
      this.wire();
      // What is folded at first stays so, also where the costliest step is in it.
      this.choose(this.data.costliest ?? 0, { quiet: true, reveal: false });
    }

    map() {
      return this.boxes.boxes.map((node) => ({ x: node.x, y: node.y, width: BOX_WIDTH, height: node.height, heat: this.boxes.heat(node.values.n[this.boxes.scale]) }));
    }

    // All of it where that can be read, else the costliest step; the root can be scrolled to.
    open() {
      this.frame.size(this.boxes.width, this.boxes.height);
      if (this.frame.whole >= 0.7) this.frame.fit(); else this.frame.zoom(0.85);
    }

    relay() {
      this.frame.size(this.boxes.width, this.boxes.height);
      this.boxes.redraw(this.svg, null);
      this.frame.look();
      this.mark();
    }

    choose(step, { focus = false, quiet = false, reveal = true } = {}) {
      if (reveal && this.boxes.reveal(step)) this.relay();
      this.step = step;
      this.pane.replaceChildren(details(this, step));
      const node = this.boxes.shown(step);
      this.boxes.ensure(node);
      this.mark();
      if (!this.view.hidden) this.frame.show(node.x, node.y, BOX_WIDTH, node.height);
      for (const name of ["table", "text"]) {
        if (!this.later[name]) continue;
        this.later[name](step);
        const row = this.root.querySelector(`.view.${name}:not([hidden]) [data-step="${step}"]`);
        if (row) row.scrollIntoView({ block: "nearest" });
      }
      if (focus) node.element?.focus({ preventScroll: true });
      if (!quiet) this.root.dispatchEvent(new CustomEvent("distkey:step", { bubbles: true, detail: { line: this.data.steps[step].line } }));
    }

    mark() {
      all(".chosen", this.root).forEach((one) => { if (!one.classList.contains("step-details")) one.classList.remove("chosen"); });
      all('[tabindex="0"].step', this.svg).forEach((one) => { one.setAttribute("tabindex", "-1"); one.setAttribute("aria-selected", "false"); });
      const { element } = this.boxes.shown(this.step);
      if (element) {
        element.classList.add("chosen");
        element.setAttribute("tabindex", "0");
        element.setAttribute("aria-selected", "true");
      }
      all(`[data-step="${this.step}"]`, this.root).forEach((one) => one.classList.add("chosen"));
      if (this.search) this.search.mark();
    }

    show(name) {
      all("[role=tab]", this.root).forEach((tab) => {
        const chosen = tab.dataset.view === name;
        tab.setAttribute("aria-selected", String(chosen));
        tab.tabIndex = chosen ? 0 : -1;
      });
      all(".view", this.root).forEach((view) => { view.hidden = view.dataset.view !== name; });
      this.root.querySelector(".tree-tools").hidden = name !== "tree";
      this.root.querySelector(".map").hidden = true;
      const into = this.root.querySelector(`.view.${name}`);
      if (name === "table" && !this.later.table) this.later.table = table(this, into);
      if (name === "text" && !this.later.text) this.later.text = printed(this, into);
      if (name === "tree") this.frame.look();
      this.choose(this.step, { quiet: true, reveal: false });
    }

    wire() {
      const { root, svg, frame } = this;
      const tools = { in: () => frame.zoom(frame.scale * 1.25), out: () => frame.zoom(frame.scale / 1.25), fit: () => frame.fit() };
      all("[data-zoom]", root).forEach((button) => button.addEventListener("click", () => tools[button.dataset.zoom]()));
      svg.addEventListener("click", (event) => {
        const fold = event.target.closest("[data-fold]");
        if (fold) { this.fold(Number(fold.dataset.fold)); return; }
        const at = event.target.closest("[data-step]");
        if (!at) return;
        if (at.dataset.step === "") { this.fold(Number(at.closest("[data-box]").dataset.box)); return; }
        const step = event.target.closest(".row")?.dataset.step ?? at.dataset.step;
        history.replaceState(null, "", `#${this.prefix}step-${Number(step) + this.data.first}`);
        this.choose(Number(step));
      });
      svg.addEventListener("keydown", (event) => this.key(event));
      const tabs = all("[role=tab]", root);
      tabs.forEach((tab, at) => {
        tab.addEventListener("click", () => this.show(tab.dataset.view));
        tab.addEventListener("keydown", (event) => {
          const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (!by) return;
          const next = tabs[(at + by + tabs.length) % tabs.length];
          next.focus();
          this.show(next.dataset.view);
        });
      });
      const colour = root.querySelector("select.colour");
      colour.addEventListener("change", () => {
        this.boxes.scale = Number(colour.value);
        this.boxes.redraw(svg, null);
        frame.look();
        this.mark();
      });
      root.addEventListener("click", (event) => {
        if (event.target.closest("[data-line]")) this.show("text");
      });
      this.search = new window.distkey.Search(this);
    }

    fold(at) {
      const node = this.boxes.nodes[at];
      if (!node.inputs.length) return;
      this.boxes.toggle(node);
      this.relay();
      // A step that is folded away can't stay chosen.
      const shown = this.boxes.shown(this.step);
      if (!shown.group && !shown.steps.includes(this.step)) this.choose(shown.steps[0]);
      this.boxes.ensure(node);
      node.element?.focus({ preventScroll: true });
    }

    key(event) {
      const element = event.target.closest(".step");
      if (!element || event.ctrlKey || event.metaKey || event.altKey) return;
      const node = this.boxes.nodes[Number(element.dataset.box)];
      const at = node.steps.indexOf(this.step);
      const siblings = node.up ? node.up.inputs : this.boxes.roots;
      const top = (box, last) => (box ? { box, step: box.group ? null : box.lines[last ? box.lines.length - 1 : 0][2] } : null);
      const rows = node.lines.map((one) => one[2]);
      const row = rows.indexOf(this.step);
      const moves = {
        ArrowDown: () => (row >= 0 && row + 1 < rows.length ? { box: node, step: rows[row + 1] } : top(node.spine || node.children[0])),
        ArrowUp: () => (row > 0 ? { box: node, step: rows[row - 1] } : top(node.up, true)),
        ArrowRight: () => top(node.right[0] || siblings[siblings.indexOf(node) + 1]),
        ArrowLeft: () => top(siblings[siblings.indexOf(node) - 1] || (node.up && node.up.spine !== node ? node.up : null)),
        Home: () => top(this.boxes.roots[0]),
        End: () => (this.data.costliest === null ? null : { box: this.boxes.nodes[this.boxes.of[this.data.costliest]], step: this.data.costliest }),
      };
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (event.key === " " || node.group) this.fold(node.at);
        else { const pane = this.pane.firstElementChild; pane.scrollIntoView({ block: "nearest" }); pane.focus(); }
        return;
      }
      if (!moves[event.key]) return;
      event.preventDefault();
      const next = moves[event.key]();
      if (!next) return;
      if (next.step !== null) { this.choose(next.step, { focus: true }); return; }
      this.boxes.ensure(next.box);
      this.frame.show(next.box.x, next.box.y, BOX_WIDTH, next.box.height);
      next.box.element.focus({ preventScroll: true });
    }
  }

  window.distkey.Plan = Plan;
})();
