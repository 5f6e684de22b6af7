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

  function show(next) {
    mode = next;
    all("[data-mode]", form).forEach((tab) => tab.setAttribute("aria-selected", String(tab.dataset.mode === mode)));
    all("[data-for]", form).forEach((part) => { part.hidden = !part.dataset.for.split(" ").includes(mode); });
    form.querySelector(".primary").textContent = { lint: "Lint", diff: "Compare", advise: "Recommend" }[mode] || "Explain";
  }

  function question() {
    const text = (name) => field(name).value;
    const list = (name) => text(name).split(/[;\s]+/).filter((part) => part !== "");
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
      downloads.querySelector("[data-save=svg]").hidden = !result.querySelector("svg.canvas");
      window.distkeySetUp();
      if (scroll && result.getBoundingClientRect().top > innerHeight * 0.6) downloads.scrollIntoView({ block: "start" });
      const took = performance.now() - start;
      document.querySelector(".took").textContent = `answered in ${took < 10 ? took.toFixed(1) : took.toFixed(0)} ms`;
    } catch (error) {
      if (error.name !== "AbortError") fail(`distkey does not answer: is it still running? (${error.message})`);
    } finally {
      if (asking === mine) { asking = null; result.classList.remove("waiting"); }
    }
  }

  async function fill(key) {
    samples = samples || await (await fetch("/samples.json")).json();
    const chosen = /^\d+$/.test(key) ? { plan: samples.plans[Number(key)].plan } : samples[key];
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
    if (clusterOfSample) { field("cluster").value = ""; clusterOfSample = false; }
    later(0);
  }));
  show("plan");
  // `#sample-1` opens with the first sample.
  const wanted = /^#sample-(\d+)$/.exec(location.hash);
  const sample = wanted && form.querySelector(`[data-sample="${Number(wanted[1]) - 1}"]`);
  if (sample) sample.click();
})();
