// What is pasted or dropped anywhere: told what it is, and put where it belongs.
"use strict";
(() => {
  const page = window.distkey.page;
  if (!page) return;
  const MOST_FILES = 500;
  const MOST_BYTES = 15e6;

  // What a text is: `plan`, `ddl`, `query`, `stats`, `columns`, `actuals`, or nothing that is known.
  function kind(text) {
    const head = text.slice(0, 20000);
    const first = head.trimStart().split(/\r?\n/, 1)[0].toLowerCase();
    if (/\(cost=\d|->\s+(?:XN|LD|S3)\b|^\s*XN\s|\brows=\d+ width=\d+/m.test(head) || /\bplannode\b/.test(first)) return "plan";
    if (/[,|;\t]/.test(first) && !/\b(?:select|create)\b/.test(first)) {
      if (/\btbl_rows\b|\bdiststyle\b/.test(first)) return "stats";
      if (/\bn_distinct\b|\battname\b|\bcorrelation\b/.test(first)) return "columns";
      if (/\bis_diskbased\b|\bmaxtime\b|\belapsed\b|\bstep_name\b|\bsolution\b/.test(first)) return "actuals";
    }
    if (/^\s*\{/.test(head) && /"(?:rows|tables|columns)"\s*:/.test(head)) return "stats";
    const sql = head.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
    if (/\bcreate\s+(?:(?:or\s+replace|temp|temporary|local|external)\s+)*table\b(?![\s\S]{0,200}?\bas\s+\(?\s*(?:select|with)\b)/i.test(sql)) return "ddl";
    if (/^\s*\(*\s*(?:select|with|insert|update|delete|merge|explain|create)\b/i.test(sql)) return "query";
    return null;
  }

  // Where each kind goes from where the page is: the tab, and the field.
  function place(what, mode) {
    const tables = mode === "plan" || mode === "diff" ? "plan_ddl" : "ddl";
    switch (what) {
      case "plan": return mode === "diff" ? ["diff", page.field("before").value ? "after" : "before"] : ["plan", "plan"];
      case "query": return [mode === "advise" ? "advise" : "query", "query"];
      case "ddl": return ["query", "advise", "lint"].includes(mode) ? [mode, "ddl"] : page.sample === null && page.field(mode === "diff" ? "before" : "plan").value ? [mode, tables] : ["lint", "ddl"];
      default: return [mode === "lint" || mode === "folder" ? "query" : mode, what];
    }
  }

  // Whether the answer can be asked for with what is there.
  function ready() {
    const has = (name) => page.field(name).value.trim() !== "";
    return { plan: has("plan"), query: has("query") && has("ddl"), diff: has("before") && has("after"), lint: has("ddl"), advise: has("query") && has("ddl") }[page.mode];
  }

  document.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const area = event.target.closest?.("textarea");
    if (!text.trim() || (event.target.closest?.("input") && !area)) return;
    const what = kind(text);
    const whole = !area || area.value === "" || page.sample !== null || (area.selectionStart === 0 && area.selectionEnd === area.value.length);
    if (what === null || !whole) { if (area) page.later(400); return; }
    const [mode, field] = place(what, page.mode);
    event.preventDefault();
    page.put({ [field]: text }, { next: mode });
    page.field(field).focus();
    if (ready()) page.ask({ scroll: true });
  });

  // Files, and all files of folders.
  async function files(entries) {
    const found = [];
    const open = [...entries];
    while (open.length && found.length < MOST_FILES) {
      const entry = open.shift();
      if (!entry) continue;
      if (entry.isFile) found.push(await new Promise((done, failed) => entry.file(done, failed)));
      if (!entry.isDirectory) continue;
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((done, failed) => reader.readEntries(done, failed));
        if (!some.length) break;
        open.push(...some);
      }
    }
    return found;
  }

  // Puts many files where they belong: tables and queries → keys, tables alone → lint, plans → explained.
  async function take(list) {
    const texts = {};
    let bytes = 0;
    let left = 0;
    for (const file of [...list].slice(0, MOST_FILES)) {
      if (/(?:^|\/)\.|\/(?:node_modules|target)\//.test(file.webkitRelativePath || file.name)) continue;
      if (bytes + file.size > MOST_BYTES) { left += 1; continue; }
      const text = await file.text();
      const what = text.includes("\0") ? null : kind(text);
      if (!what) { left += 1; continue; }
      bytes += file.size;
      (texts[what] = texts[what] || []).push(text.trimEnd());
    }
    if (!Object.keys(texts).length) { page.fail("there is no plan, query, DDL or export of statistics in it"); return; }
    const sql = (all) => all.map((text) => (/;\s*$/.test(text) ? text : `${text};`)).join("\n\n");
    const mode = texts.plan ? (texts.plan.length === 2 ? "diff" : "plan") : texts.query && texts.ddl ? "advise" : texts.ddl ? "lint" : texts.query ? "query" : page.mode;
    const values = {};
    if (mode === "diff") [values.before, values.after] = texts.plan;
    else if (texts.plan) values.plan = texts.plan.join("\n\n");
    if (texts.query) values.query = sql(texts.query);
    if (texts.ddl) values.ddl = values.plan_ddl = sql(texts.ddl);
    for (const name of ["stats", "columns", "actuals"]) if (texts[name]) [values[name]] = texts[name];
    page.put(values, { next: mode });
    if (ready()) await page.ask({ scroll: true });
    // What else can be run with what is in it.
    const can = { plan: texts.plan, diff: texts.plan?.length === 2, advise: texts.query && texts.ddl, query: texts.query && texts.ddl, lint: texts.ddl };
    page.also(Object.keys(can).filter((name) => can[name] && name !== mode), () => { if (texts.plan) page.field("plan").value = texts.plan.join("\n\n"); });
    if (left) document.querySelector(".took").textContent += `; ${left} file${left === 1 ? "" : "s"} not read`;
  }

  const over = (on) => document.body.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(false); });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    over(false);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
    const text = event.dataTransfer.getData("text/plain");
    const list = entries.some(Boolean) ? await files(entries) : [];
    if (list.length) { await take(list); return; }
    const what = kind(text);
    if (what) { const [mode, field] = place(what, page.mode); page.put({ [field]: text }, { next: mode }); if (ready()) page.ask({ scroll: true }); }
  });
  document.getElementById("folder").addEventListener("change", (event) => take(event.target.files));
  Object.assign(page, { kind, take });
})();
