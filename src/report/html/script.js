// Zoom, pan, collapse, search and the details of a step. The page works without it.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  function choose(id, focus) {
    const details = document.getElementById(id);
    if (!details || !details.classList.contains("step-details")) return;
    const plan = details.closest(".plan");
    all(".step-details.chosen, .step.chosen", plan).forEach((e) => e.classList.remove("chosen"));
    details.classList.add("chosen");
    const step = plan.querySelector(`.step[href="#${CSS.escape(id)}"]`);
    if (step) {
      step.classList.add("chosen");
      const box = step.getBoundingClientRect();
      const view = step.closest(".view");
      const frame = view.getBoundingClientRect();
      if (!view.hidden && (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom)) {
        view.scrollBy({ left: box.left - frame.left - frame.width / 2 + box.width / 2, top: box.top - frame.top - frame.height / 2 + box.height / 2 });
      }
    }
    if (focus) plan.scrollIntoView({ block: "nearest" });
  }

  function setUpPlan(plan) {
    if (plan.dataset.ready) return;
    plan.dataset.ready = "1";
    const tree = plan.querySelector(".view.tree");
    const svg = tree.querySelector("svg");
    const [width, height] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
    let scale = 1;
    const zoom = (next, x = tree.clientWidth / 2, y = tree.clientHeight / 2) => {
      next = Math.min(4, Math.max(0.05, next));
      const [left, top] = [(tree.scrollLeft + x) / scale, (tree.scrollTop + y) / scale];
      scale = next;
      svg.setAttribute("width", width * scale);
      svg.setAttribute("height", height * scale);
      tree.scrollLeft = left * scale - x;
      tree.scrollTop = top * scale - y;
    };
    const fit = () => {
      zoom(Math.min(1, Math.max(0.45, (tree.clientWidth - 4) / width)));
      tree.scrollTop = 0;
      tree.scrollLeft = (width * scale - tree.clientWidth) / 2;
    };
    fit();
    const zooms = { in: () => zoom(scale * 1.25), out: () => zoom(scale / 1.25), fit };
    all("[data-zoom]", plan).forEach((b) => b.addEventListener("click", () => zooms[b.dataset.zoom]()));
    tree.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const frame = tree.getBoundingClientRect();
      zoom(scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1), event.clientX - frame.left, event.clientY - frame.top);
    }, { passive: false });

    let drag = null;
    tree.addEventListener("pointerdown", (event) => {
      drag = { x: event.clientX, y: event.clientY, left: tree.scrollLeft, top: tree.scrollTop, moved: false };
    });
    addEventListener("pointermove", (event) => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      if (Math.abs(dx) + Math.abs(dy) > 4) { drag.moved = true; tree.classList.add("dragging"); }
      if (drag.moved) { tree.scrollLeft = drag.left - dx; tree.scrollTop = drag.top - dy; }
    });
    addEventListener("pointerup", () => { setTimeout(() => { drag = null; }, 0); tree.classList.remove("dragging"); });
    tree.addEventListener("click", (event) => { if (drag && drag.moved) event.preventDefault(); }, true);
    svg.addEventListener("dragstart", (event) => event.preventDefault());

    const steps = new Map(all(".step", svg).map((step) => [step.dataset.id, step]));
    const arrows = new Map(all(".arrow", svg).map((arrow) => [arrow.dataset.to, arrow]));
    const folds = new Map(all(".fold", svg).map((fold) => [fold.dataset.fold, fold]));
    const folded = new Set();
    function showFolded() {
      const hidden = new Set();
      for (const [id, step] of steps) {
        const parent = step.dataset.parent;
        const hide = parent !== "" && (folded.has(parent) || hidden.has(parent));
        if (hide) hidden.add(id);
        step.style.display = hide ? "none" : "";
        if (arrows.has(id)) arrows.get(id).style.display = hide ? "none" : "";
        if (folds.has(id)) folds.get(id).style.display = hide ? "none" : "";
      }
      for (const [id, fold] of folds) fold.querySelector("text").textContent = folded.has(id) ? "+" : "−";
    }
    function toggle(id) {
      if (!folded.delete(id)) folded.add(id);
      showFolded();
    }
    all(".fold", svg).forEach((fold) => {
      fold.addEventListener("click", (event) => { event.stopPropagation(); toggle(fold.dataset.fold); });
      fold.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); toggle(fold.dataset.fold); }
      });
    });

    svg.addEventListener("keydown", (event) => {
      const step = event.target.closest(".step");
      if (!step) return;
      const siblings = [...steps.values()].filter((s) => s.dataset.parent === step.dataset.parent && s.style.display !== "none");
      const at = siblings.indexOf(step);
      const next = {
        ArrowUp: () => steps.get(step.dataset.parent),
        ArrowDown: () => [...steps.values()].find((s) => s.dataset.parent === step.dataset.id && s.style.display !== "none"),
        ArrowLeft: () => siblings[at - 1],
        ArrowRight: () => siblings[at + 1],
      }[event.key];
      if (!next) return;
      event.preventDefault();
      const target = next();
      if (target) { target.focus(); choose(target.getAttribute("href").slice(1)); }
    });

    const tabs = all("[role=tab]", plan);
    tabs.forEach((tab) => tab.addEventListener("click", () => {
      tabs.forEach((other) => other.setAttribute("aria-selected", String(other === tab)));
      all(".view", plan).forEach((view) => { view.hidden = view.dataset.view !== tab.dataset.view; });
      plan.querySelector(".zoom").hidden = tab.dataset.view !== "tree";
    }));

    const search = plan.querySelector("input[type=search]");
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      all("[data-search]", plan).forEach((e) => e.classList.toggle("faded", wanted !== "" && !e.dataset.search.includes(wanted)));
    });
    all(".indent", plan).forEach((e) => { e.style.paddingLeft = `${Math.min(30, Number(e.dataset.depth)) * 14}px`; });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) choose(link.getAttribute("href").slice(1), !link.closest("svg"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    const search = document.querySelector(".plan input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
  });
  const setUp = () => { all(".plan").forEach(setUpPlan); if (location.hash) choose(location.hash.slice(1), true); };
  addEventListener("hashchange", () => choose(location.hash.slice(1)));
  window.distkeySetUp = setUp;
  setUp();
})();
