// The fields: asks the program on this machine and shows its answer.
"use strict";
(() => {
  const form = document.getElementById("ask");
  if (!form) return;
  const { all } = window.distkey;
  const result = document.getElementById("result");
  const problem = document.getElementById("problem");
  const example = document.getElementById("example");
  const downloads = document.querySelector(".downloads");
  const edit = form.querySelector(".edit");
  const field = (name) => form.elements.namedItem(name);
  // Every field but the tabs' own: what a reload keeps.
  const FIELDS = ["plan", "query", "before", "after", "ddl", "plan_ddl", "stats", "columns", "actuals", "calibration", "cluster", "budget", "users", "scale", "distkey", "diststyle", "sortkey", "to_cluster", "grow"];
  const KEPT = "distkey";
  let mode = "plan";
  let samples = null;
  // Whether the fields hold a sample: what is pasted next takes its place, its cluster too.
  let sample = null;
  let asking = null;

  function show(next) {
    if (next !== mode) fold(false);
    mode = next;
    all("[data-mode]", form).forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab.dataset.mode === mode));
      tab.tabIndex = tab.dataset.mode === mode ? 0 : -1;
    });
    all("[data-for]", form).forEach((part) => { part.hidden = !part.dataset.for.split(" ").includes(mode); });
    form.querySelector(".primary").textContent = { lint: "Lint", diff: "Compare", advise: "Recommend", folder: "Choose a folder" }[mode] || "Explain";
  }

  // Once there is an answer the fields make room for it.
  function fold(folded) {
    form.classList.toggle("answered", folded);
    form.classList.toggle("example", sample !== null);
    edit.hidden = downloads.hidden;
    edit.setAttribute("aria-expanded", String(!folded));
    edit.textContent = !folded ? "Hide what was pasted" : sample === null ? "Edit what was pasted" : "Paste your own";
  }

  function question() {
    const text = (name) => field(name).value;
    // Parted by blanks and semicolons, but for those within quotes.
    const list = (name) => text(name).match(/(?:"[^"]*"|[^";\s])+/g) || [];
    const asked = {
      cluster: text("cluster"), budget: text("budget"), anonymize: field("anonymize").checked,
      stats: text("stats"), columns: text("columns"), ddl: mode === "plan" ? text("plan_ddl") : text("ddl"),
    };
    if (text("users") !== "") asked.users = Number(text("users"));
    if (mode === "plan" || mode === "query") {
      asked.what_if = { scale: list("scale"), distkey: list("distkey"), diststyle: list("diststyle"), sortkey: list("sortkey") };
      if (text("to_cluster").trim()) asked.what_if.to_cluster = text("to_cluster").trim();
      if (mode === "query" && text("grow").trim()) asked.what_if.grow = text("grow").trim();
      Object.assign(asked, { actuals: text("actuals"), calibration: text("calibration") });
    }
    if (mode === "plan") asked.plan = text("plan");
    if (mode === "query" || mode === "advise") asked.query = text("query");
    if (mode === "diff") Object.assign(asked, { before: text("before"), after: text("after"), ddl: text("plan_ddl") });
    return asked;
  }

  const what = () => ({ plan: "explain", query: "explain", diff: "diff", lint: "lint", advise: "advise" })[mode];
  const post = (kind, signal, more = {}) => fetch(`/${kind}/${what()}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...question(), ...more }), signal,
  });
  // Of many plans only the slowest are in an answer.
  window.distkey.fetchPlan = async (number) => {
    const response = await post("view", undefined, { only: Number(number) });
    const text = await response.text();
    if (response.ok) return text;
    fail(JSON.parse(text).error);
    return "";
  };

  // Says what is wrong, at its field where it has one. An answer that is there stays.
  function fail(message, name) {
    const at = name && (name === "ddl" && (mode === "plan" || mode === "diff") ? field("plan_ddl") : field(name));
    clear();
    problem.textContent = message;
    problem.hidden = false;
    if (!at) return;
    at.setAttribute("aria-invalid", "true");
    at.setAttribute("aria-describedby", "problem");
    const more = at.closest("details");
    if (more) more.open = true;
    const label = at.closest("label");
    const said = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message;
    if (label) problem.textContent = `${label.firstChild.textContent.trim()}: ${said}`;
  }

  function clear() {
    problem.hidden = true;
    all("[aria-invalid]", form).forEach((one) => { one.removeAttribute("aria-invalid"); one.removeAttribute("aria-describedby"); });
  }

  // In this browser alone, and for this tab: a reload shows what was there.
  function keep() {
    const values = Object.fromEntries(FIELDS.map((name) => [name, field(name).value]));
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ mode, sample, values, anonymize: field("anonymize").checked }));
    } catch {
      // Too large to keep: a reload then begins anew.
      sessionStorage.removeItem(KEPT);
    }
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    if (!kept) return false;
    for (const [name, value] of Object.entries(kept.values)) if (field(name)) field(name).value = value;
    field("anonymize").checked = kept.anonymize;
    sample = kept.sample;
    show(kept.mode);
    return true;
  }

  async function ask({ scroll = false, typed = false } = {}) {
    if (asking) asking.abort();
    const mine = asking = new AbortController();
    const start = performance.now();
    result.classList.add("waiting");
    try {
      const response = await post("view", mine.signal);
      const text = await response.text();
      if (mine.signal.aborted) return;
      if (!response.ok) {
        const { error, field: name } = JSON.parse(text);
        // What does not belong to what is there any more goes.
        if (!typed && !name) { result.textContent = ""; downloads.hidden = true; }
        fail(error, name);
        if (downloads.hidden) fold(false);
        return;
      }
      clear();
      result.innerHTML = text;
      example.hidden = sample === null;
      example.querySelector("span").textContent = sample ?? "";
      downloads.hidden = false;
      fold(true);
      markTried();
      keep();
      all("[data-save=svg], [data-save=png]", downloads).forEach((button) => { button.hidden = !result.querySelector("svg.canvas"); });
      window.distkey.setUp(result);
      if (scroll && result.getBoundingClientRect().top > innerHeight * 0.6) downloads.scrollIntoView({ block: "start" });
      const took = performance.now() - start;
      document.querySelector(".took").textContent = `answered in ${took < 10 ? took.toFixed(1) : took.toFixed(0)} ms`;
    } catch (error) {
      if (error.name !== "AbortError") fail(`distkey does not answer: is it still running? (${error.message})`);
    } finally {
      if (asking === mine) { asking = null; result.classList.remove("waiting"); }
    }
  }

  // Trying an advice asks for it as what-if; the same button takes it back.
  const TRIED = ["distkey", "diststyle", "sortkey"];
  let tried = false;
  function tries(button) {
    const asks = JSON.parse(button.dataset.try);
    return TRIED.map((name) => asks[name].join(" "));
  }
  const isTried = (button) => tries(button).every((text, at) => field(TRIED[at]).value === text);
  function markTried() {
    all("[data-try]", result).forEach((button) => { if (isTried(button)) button.textContent = "Undo"; });
  }
  // What was tried on one plan says nothing of the next.
  function forgetTried() {
    if (tried) TRIED.forEach((name) => { field(name).value = ""; });
    tried = false;
  }
  async function tryOut(button) {
    const undo = isTried(button);
    tried = !undo;
    tries(button).forEach((text, at) => { field(TRIED[at]).value = undo ? "" : text; });
    const asked = button.dataset.try;
    const { plan } = button.closest("section.plan").dataset;
    await ask();
    await window.distkey.open(plan);
    all("[data-try]", result).find((other) => other.dataset.try === asked)?.focus({ preventScroll: true });
  }

  // The caret in the paste chooses the step of its line.
  async function stepAtCaret() {
    const paste = field("plan");
    const line = paste.value.slice(0, paste.selectionStart).split("\n").length;
    const before = all("tr[data-row]", result).filter((row) => Number(row.dataset.line) > 0 && Number(row.dataset.line) <= line);
    const row = before.sort((a, b) => b.dataset.line - a.dataset.line)[0];
    if (row) await window.distkey.open(row.dataset.row);
    for (const section of all("section.plan:not([hidden])", result)) {
      const plan = window.distkey.planOf(section);
      const lines = plan.data.steps.map((step) => step.line);
      const step = lines.findLastIndex((at) => at > 0 && at <= line);
      if (step >= 0 && (step + 1 < lines.length || line - lines[step] < 20)) { plan.choose(step, { quiet: true }); return; }
    }
  }

  // Puts texts into fields, in the place of a sample and of what belonged to it.
  function put(values, { next = mode, name = null } = {}) {
    forgetTried();
    also([]);
    if (sample !== null || name !== null) FIELDS.forEach((other) => { if (!["budget", "users"].includes(other)) field(other).value = ""; });
    for (const [key, value] of Object.entries(values)) field(key).value = value;
    sample = name;
    show(next);
  }

  // Beside the answer, what else the same files answer: each a button.
  const others = document.getElementById("also");
  function also(modes, ready = () => {}) {
    others.hidden = modes.length === 0;
    others.querySelector("span").replaceChildren(...modes.map((other) => {
      const button = window.distkey.html("button", { type: "button" }, form.querySelector(`[data-mode=${other}]`).textContent);
      button.addEventListener("click", async () => {
        const from = mode;
        ready();
        show(other);
        await ask({ scroll: true });
        also([...modes.filter((one) => one !== other), from], ready);
      });
      return button;
    }));
  }

  async function fill(key) {
    samples = samples || await (await fetch("/samples.json")).json();
    const plan = /^\d+$/.test(key) ? samples.plans[Number(key)] : null;
    const { name, ...values } = plan || samples[key];
    put({ ...values, cluster: samples.cluster }, { name });
    await ask({ scroll: true });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (mode === "folder") document.getElementById("folder").click(); else ask({ scroll: true });
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && mode !== "folder") { event.preventDefault(); ask({ scroll: true }); }
  });
  const tabs = all("[data-mode]", form);
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => show(tab.dataset.mode));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = tabs[(at + by + tabs.length) % tabs.length];
      next.focus();
      show(next.dataset.mode);
    });
  });
  all("[data-sample]", form).forEach((button) => button.addEventListener("click", () => fill(button.dataset.sample)));
  // Options answer at once; a paste does too.
  let soon = 0;
  const later = (wait) => { clearTimeout(soon); soon = setTimeout(() => ask({ scroll: wait === 0, typed: true }), wait); };
  const options = ["cluster", "budget", "users", "scale", "distkey", "diststyle", "sortkey", "to_cluster", "grow"];
  options.forEach((name) => field(name).addEventListener("input", () => { if (!downloads.hidden || !problem.hidden) later(250); }));
  field("anonymize").addEventListener("change", () => { if (!downloads.hidden) ask(); });
  // What is typed over a sample is no sample any more.
  all("textarea", form).forEach((area) => area.addEventListener("input", () => { sample = null; }));
  edit.addEventListener("click", () => {
    fold(!form.classList.contains("answered"));
    const first = all(".fields textarea", form).find((one) => one.checkVisibility());
    if (first && !form.classList.contains("answered")) { first.focus(); if (sample !== null) first.select(); }
  });
  result.addEventListener("click", (event) => {
    const button = event.target.closest("[data-try]");
    if (button) tryOut(button);
  });
  field("plan").addEventListener("click", stepAtCaret);
  result.addEventListener("distkey:step", (event) => {
    const { line } = event.detail;
    const paste = field("plan");
    if (!line || mode !== "plan" || form.classList.contains("answered")) return;
    const lines = paste.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    paste.setSelectionRange(start, start + (lines[line - 1] || "").length);
    paste.scrollTop = (line - 3) * parseFloat(getComputedStyle(paste).lineHeight);
  });

  window.distkey.page = {
    form, field, show, put, ask, also, later, post, fail, result,
    get mode() { return mode; },
    get sample() { return sample; },
  };
  show("plan");
  // `#sample-1` opens with the first sample; else what was there before a reload, else an example.
  const wanted = /^#sample-(\d+)$/.exec(location.hash);
  if (wanted) fill(String(Number(wanted[1]) - 1));
  else if (restore()) ask();
  else fill("0");
})();
