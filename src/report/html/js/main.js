// What every page does: the theme, links to steps, copying, showing the rest. The page says all of it
// without this script but for the drawing, which is then the plan's text.
"use strict";
(() => {
  const { all, Plan } = window.distkey;
  const root = document.documentElement;
  const plans = new WeakMap();

  function setUp(within = document) {
    all("section.plan", within).forEach((section) => {
      if (!plans.has(section)) plans.set(section, new Plan(section));
    });
    all("[data-depth]", within).forEach((one) => { one.style.paddingLeft = `${Math.min(30, Number(one.dataset.depth)) * 12}px`; });
    all("[data-try]", within).forEach((button) => { button.hidden = !document.body.classList.contains("served"); });
  }

  // `#step-8`, `#i2-step-8`: the plan that has the step.
  function go(hash, focus) {
    const wanted = /^(.*)step-(\d+)$/.exec(hash);
    if (!wanted) return false;
    for (const section of all("section.plan")) {
      const plan = plans.get(section);
      const step = plan && section.dataset.prefix === wanted[1] ? Number(wanted[2]) - plan.data.first : -1;
      if (step < 0 || step >= plan.data.steps.length) continue;
      plan.choose(step);
      if (focus) section.scrollIntoView({ block: "nearest" });
      return true;
    }
    return false;
  }

  async function copy(button) {
    const card = button.closest("[data-copies]");
    const sources = { sql: ".sql", all: ".all-sql", ticket: ".ticket" };
    const kind = button.dataset.copy;
    const within = kind === "ticket" ? button.closest(".input") : card;
    const source = within.querySelector(sources[kind]);
    const text = source.tagName === "SCRIPT" ? JSON.parse(source.textContent) : source.textContent;
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(text.trim());
      button.textContent = "Copied";
    } catch {
      // Without leave to write, the text is selected for Ctrl+C.
      getSelection().selectAllChildren(source);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = said; }, 1500);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      return;
    }
    const button = event.target.closest("[data-copy]");
    if (button) { copy(button); return; }
    const rest = event.target.closest("[data-more]");
    if (rest) {
      const hidden = all("li[hidden]", rest.previousElementSibling).slice(0, Number(rest.dataset.more));
      hidden.forEach((one) => { one.hidden = false; });
      rest.hidden = !rest.previousElementSibling.querySelector("li[hidden]");
      hidden[0]?.querySelector("a, button")?.focus();
      return;
    }
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    const hash = link.getAttribute("href").slice(1);
    if (!go(hash, true)) return;
    event.preventDefault();
    history.replaceState(null, "", `#${hash}`);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    const search = document.querySelector("section.plan input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
  });
  addEventListener("hashchange", () => go(location.hash.slice(1), true));
  Object.assign(window.distkey, { setUp, go, planOf: (section) => plans.get(section) });
  setUp();
  if (location.hash) go(location.hash.slice(1), true);
})();
