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
    const first = within.querySelector("section.plan:not([hidden])");
    if (first) markRow(document.querySelector(`tr[data-row="${first.dataset.plan}"]`));
    all("[data-try]", within).forEach((button) => { button.hidden = !document.body.classList.contains("served"); });
  }

  // Shows one of several plans: it is in the page, or who answers the page has it.
  async function open(number) {
    const row = document.querySelector(`tr[data-row="${number}"]`);
    let section = document.querySelector(`section.plan[data-plan="${number}"]`);
    if (!row) return section;
    const article = document.querySelector(`.input[data-input="${row.dataset.input}"]`);
    if (!section) {
      const kept = article.querySelector(`template[data-plan="${number}"]`);
      const into = kept ?? article.appendChild(document.createElement("template"));
      if (!kept) into.innerHTML = await window.distkey.fetchPlan?.(number) ?? "";
      section = into.content.querySelector("section.plan");
      if (!section) { into.remove(); return null; }
      const after = all(":scope > section.plan", article).pop();
      if (after && !kept) after.after(into);
      into.replaceWith(section);
    }
    all(".input[data-quiet]").forEach((other) => { other.hidden = other !== article; });
    article.hidden = false;
    all("section.plan").forEach((other) => { other.hidden = other !== section; });
    setUp(article);
    markRow(row);
    return section;
  }

  function markRow(row) {
    all("tr[data-row]").forEach((other) => {
      other.classList.toggle("chosen", other === row);
      other.querySelector("a")?.toggleAttribute("aria-current", other === row);
    });
  }

  // What a link leads to: `#plan-3`, `#step-8`, `#i2-step-8`.
  function target(hash) {
    const plan = /^plan-(\d+)$/.exec(hash);
    if (plan) return document.querySelector(`tr[data-row="${plan[1]}"]`) && { plan: plan[1], step: null };
    const wanted = /^(.*)step-(\d+)$/.exec(hash);
    if (!wanted) return null;
    const holds = (data) => data.prefix === wanted[1] && Number(wanted[2]) >= Number(data.first) && Number(wanted[2]) < Number(data.first) + Number(data.steps);
    const one = all("tr[data-row]").find((row) => holds(row.dataset)) ?? all("section.plan").find((section) => holds(section.dataset));
    return one ? { plan: one.dataset.row ?? one.dataset.plan, step: Number(wanted[2]) - Number(one.dataset.first) } : null;
  }

  async function go(hash, focus) {
    const to = target(hash);
    const section = to && await open(to.plan);
    if (!section) return false;
    if (to.step !== null) plans.get(section).choose(to.step);
    if (focus) section.scrollIntoView({ block: "nearest" });
    return true;
  }

  async function copy(button) {
    const card = button.closest("[data-copies]");
    const sources = { sql: ".sql", all: ".all-sql", ticket: ".ticket" };
    const kind = button.dataset.copy;
    const within = kind === "ticket" ? button.closest("section.plan") : card;
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
      const hidden = all("li[hidden], tr[hidden]", rest.previousElementSibling).slice(0, Number(rest.dataset.more));
      hidden.forEach((one) => { one.hidden = false; });
      rest.hidden = !rest.previousElementSibling.querySelector("li[hidden], tr[hidden]");
      hidden[0]?.querySelector("a, button")?.focus();
      return;
    }
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    const hash = link.getAttribute("href").slice(1);
    if (!target(hash)) return;
    event.preventDefault();
    history.replaceState(null, "", `#${hash}`);
    go(hash, true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    const search = document.querySelector("section.plan:not([hidden]) input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
  });
  addEventListener("hashchange", () => go(location.hash.slice(1), true));
  Object.assign(window.distkey, { setUp, go, open, planOf: (section) => plans.get(section) });
  setUp();
  if (location.hash) go(location.hash.slice(1), true);
})();
