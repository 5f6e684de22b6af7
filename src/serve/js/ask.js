// The paste box: asks the program on this machine and shows its answer.
(() => {
  const form = document.getElementById("ask");
  if (!form) return;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const result = document.getElementById("result");
  const problem = document.getElementById("problem");
  const downloads = document.querySelector(".downloads");
  const field = (name) => form.elements.namedItem(name);
  let mode = "plan";
  let samples = null;
  // Whether the cluster is the samples', which says nothing of what is pasted next.
  let clusterOfSample = false;
  let asking = null;
  const edit = form.querySelector(".edit");

  function show(next) {
    if (next !== mode) fold(false);
    mode = next;
    all("[data-mode]", form).forEach((tab) => tab.setAttribute("aria-selected", String(tab.dataset.mode === mode)));
    all("[data-for]", form).forEach((part) => { part.hidden = !part.dataset.for.split(" ").includes(mode); });
    form.querySelector(".primary").textContent = { lint: "Lint", diff: "Compare", advise: "Recommend" }[mode] || "Explain";
  }

  function question() {
    const text = (name) => field(name).value;
    // Parted by blanks and semicolons, but for those within quotes.
    const list = (name) => text(name).match(/(?:"[^"]*"|[^";\s])+/g) || [];
    const asked = {
      cluster: text("cluster"), budget: text("budget"), anonymize: field("anonymize").checked,
      stats: text("stats"), ddl: mode === "plan" ? text("plan_ddl") : text("ddl"),
    };
    if (text("users") !== "") asked.users = Number(text("users"));
    if (mode === "plan" || mode === "query") {
      asked.what_if = { scale: list("scale"), distkey: list("distkey"), diststyle: list("diststyle"), sortkey: list("sortkey") };
      if (text("to_cluster").trim()) asked.what_if.to_cluster = text("to_cluster").trim();
      if (mode === "query" && text("grow").trim()) asked.what_if.grow = text("grow").trim();
    }
    if (mode === "plan") asked.plan = text("plan");
    if (mode === "query" || mode === "advise") asked.query = text("query");
    if (mode === "diff") Object.assign(asked, { before: text("before"), after: text("after"), ddl: text("plan_ddl") });
    return asked;
  }

  const what = () => ({ plan: "explain", query: "explain", diff: "diff", lint: "lint", advise: "advise" })[mode];
  const post = (kind, signal) => fetch(`/${kind}/${what()}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question()), signal,
  });

  function fail(message) {
    problem.textContent = message;
    problem.hidden = false;
    result.textContent = "";
    downloads.hidden = true;
    fold(false);
  }

  async function ask(scroll = false) {
    if (asking) asking.abort();
    const mine = asking = new AbortController();
    const start = performance.now();
    result.classList.add("waiting");
    try {
      const response = await post("view", mine.signal);
      const text = await response.text();
      if (mine.signal.aborted) return;
      if (!response.ok) { fail(JSON.parse(text).error); return; }
      problem.hidden = true;
      result.innerHTML = text;
      downloads.hidden = false;
      fold(true);
      markTried();
      downloads.querySelector("[data-save=svg]").hidden = !result.querySelector("svg.canvas");
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

  // Once there is an answer the fields make room for it.
  function fold(folded) {
    form.classList.toggle("answered", folded);
    edit.hidden = downloads.hidden;
    edit.setAttribute("aria-expanded", String(!folded));
    edit.textContent = folded ? "Edit what was pasted" : "Hide what was pasted";
  }

  // Trying an advice asks for it as what-if; the same button takes it back.
  const TRIED = ["distkey", "diststyle", "sortkey"];
  function tries(button) {
    const asks = JSON.parse(button.dataset.try);
    return TRIED.map((name) => asks[name].join(" "));
  }
  const isTried = (button) => tries(button).every((text, at) => field(TRIED[at]).value === text);
  function markTried() {
    all("[data-try]", result).forEach((button) => { if (isTried(button)) button.textContent = "Undo"; });
  }
  // What was tried on one plan says nothing of the next.
  let tried = false;
  function forgetTried() {
    if (tried) TRIED.forEach((name) => { field(name).value = ""; });
    tried = false;
  }
  async function tryOut(button) {
    const undo = isTried(button);
    tried = !undo;
    tries(button).forEach((text, at) => { field(TRIED[at]).value = undo ? "" : text; });
    const asked = button.dataset.try;
    await ask();
    all("[data-try]", result).find((other) => other.dataset.try === asked)?.focus({ preventScroll: true });
  }

  // The caret in the paste chooses the step of its line.
  function stepAtCaret() {
    const paste = field("plan");
    const line = paste.value.slice(0, paste.selectionStart).split("\n").length;
    for (const section of all("section.plan", result)) {
      const plan = window.distkey.planOf(section);
      const lines = plan.data.steps.map((step) => step.line);
      const step = lines.findLastIndex((at) => at > 0 && at <= line);
      if (step >= 0 && (step + 1 < lines.length || line - lines[step] < 20)) { plan.choose(step, { quiet: true }); return; }
    }
  }

  async function fill(key) {
    samples = samples || await (await fetch("/samples.json")).json();
    const chosen = /^\d+$/.test(key) ? { plan: samples.plans[Number(key)].plan } : samples[key];
    forgetTried();
    for (const [name, value] of Object.entries(chosen)) field(name).value = value;
    if (!field("cluster").value) { field("cluster").value = samples.cluster; clusterOfSample = true; }
    ask(true);
  }

  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function download(kind) {
    if (kind === "svg") {
      const drawing = result.querySelector("svg.canvas").cloneNode(true);
      const box = drawing.viewBox.baseVal;
      drawing.setAttribute("width", box.width);
      drawing.setAttribute("height", box.height);
      const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
      style.textContent = await (await fetch("/style.css")).text();
      drawing.prepend(style);
      save("plan.svg", "image/svg+xml", new XMLSerializer().serializeToString(drawing));
      return;
    }
    const response = await post(kind === "json" ? "api" : "report");
    const text = await response.text();
    if (!response.ok) { fail(JSON.parse(text).error); return; }
    save(`distkey.${kind}`, kind === "json" ? "application/json" : "text/html", text);
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); ask(true); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(true); }
  });
  all("[data-mode]", form).forEach((tab) => tab.addEventListener("click", () => show(tab.dataset.mode)));
  all("[data-sample]", form).forEach((button) => button.addEventListener("click", () => fill(button.dataset.sample)));
  all("[data-save]").forEach((button) => button.addEventListener("click", () => download(button.dataset.save)));
  // Options answer at once; a paste does too.
  let soon = 0;
  const later = (wait) => { clearTimeout(soon); soon = setTimeout(() => ask(wait === 0), wait); };
  const options = ["cluster", "budget", "users", "scale", "distkey", "diststyle", "sortkey", "to_cluster", "grow"];
  options.forEach((name) => field(name).addEventListener("input", () => { if (!downloads.hidden || !problem.hidden) later(250); }));
  field("anonymize").addEventListener("change", () => { if (!downloads.hidden) ask(); });
  field("cluster").addEventListener("input", () => { clusterOfSample = false; });
  ["plan", "after"].forEach((name) => field(name).addEventListener("paste", () => {
    forgetTried();
    if (clusterOfSample) { field("cluster").value = ""; clusterOfSample = false; }
    later(0);
  }));
  edit.addEventListener("click", () => fold(!form.classList.contains("answered")));
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
  show("plan");
  // `#sample-1` opens with the first sample.
  const wanted = /^#sample-(\d+)$/.exec(location.hash);
  const sample = wanted && form.querySelector(`[data-sample="${Number(wanted[1]) - 1}"]`);
  if (sample) sample.click();
})();
