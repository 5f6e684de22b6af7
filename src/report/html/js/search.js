// Search for steps, codes and names: how many there are, and the next.
"use strict";
(() => {
  const { all } = window.distkey;

  class Search {
    constructor(plan) {
      this.plan = plan;
      this.field = plan.root.querySelector("input[type=search]");
      this.count = plan.root.querySelector(".found");
      this.found = null;
      this.field.addEventListener("input", () => this.find());
      this.field.addEventListener("keydown", (event) => {
        if (event.key === "Escape") { this.field.value = ""; this.find(); }
        if (event.key !== "Enter") return;
        event.preventDefault();
        this.next(event.shiftKey ? -1 : 1);
      });
      all("[data-found]", plan.root).forEach((button) => button.addEventListener("click", () => this.next(Number(button.dataset.found))));
    }

    texts() {
      const { data } = this.plan;
      this.known = this.known || data.steps.map((one, step) =>
        `step ${step + data.first} ${one.title} ${one.details.join(" ")} ${one.codes.join(" ")}`.toLowerCase());
      return this.known;
    }

    find() {
      const wanted = this.field.value.trim().toLowerCase();
      this.found = null;
      if (wanted) {
        const exact = /^(?:step )?(\d+)$/.exec(wanted);
        const number = exact ? Number(exact[1]) - this.plan.data.first : -1;
        this.found = [];
        this.texts().forEach((text, step) => { if (step === number || (!exact && text.includes(wanted))) this.found.push(step); });
      }
      this.at = -1;
      this.mark();
    }

    next(by) {
      if (!this.found?.length) return;
      this.at = this.at < 0 && by < 0 ? this.found.length - 1 : (this.at + by + this.found.length) % this.found.length;
      this.plan.choose(this.found[this.at]);
      this.mark();
    }

    mark() {
      const { found, plan, count } = this;
      const none = !found;
      all("[data-found]", plan.root).forEach((button) => { button.hidden = none || !found.length; });
      count.textContent = none ? "" : found.length === 0 ? "none" : this.at < 0 ? `${found.length} found` : `${this.at + 1} of ${found.length}`;
      const steps = new Set(found || []);
      for (const node of plan.boxes.boxes) {
        if (!node.element) continue;
        const within = node.group ? false : node.steps.some((step) => steps.has(step));
        node.element.classList.toggle("faded", !none && !within);
      }
      all(".view.table [data-step], .view.text [data-step]", plan.root).forEach((row) => row.classList.toggle("faded", !none && !steps.has(Number(row.dataset.step))));
    }
  }

  window.distkey.Search = Search;
})();
