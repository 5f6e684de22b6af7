// The pane beside the drawing: a step's numbers; the plan as a table; the plan as Redshift prints it.
"use strict";
(() => {
  const { html, all } = window.distkey;

  // A stacked bar of what the time goes into: its parts add up.
  function stack(parts) {
    const bar = html("div", { class: "stack", role: "img", "aria-label": parts.map(([kind, , text]) => `${kind} ${text}`).join(", ") });
    const total = parts.reduce((sum, part) => sum + part[1], 0) || 1;
    for (const [kind, ms] of parts) {
      const stretch = html("span", { class: `kind ${kind}` });
      stretch.style.width = `${(ms / total) * 100}%`;
      bar.append(stretch);
    }
    const words = html("p", { class: "stack-words" });
    for (const [kind, , text] of parts) words.append(html("span", { class: `key ${kind}` }, `${kind} ${text}`));
    return [bar, words];
  }

  function details(plan, step) {
    const { data, prefix } = plan;
    const one = data.steps[step];
    const number = step + data.first;
    const out = html("section", { class: "step-details chosen", id: `${prefix}step-${number}`, tabindex: "-1" });
    out.append(html("h3", {}, `Step ${number}: ${one.title}`));
    const others = data.boxes[plan.boxes.of[step]].steps.filter((other) => other !== step);
    if (others.length) {
      const with_ = html("p", { class: "note" }, "In one box with ");
      others.forEach((other, at) => with_.append(at ? ", " : "", html("a", { href: `#${prefix}step-${other + data.first}` }, `step ${other + data.first}`)));
      out.append(with_);
    }
    if (one.parts.length) out.append(...stack(one.parts));
    for (const detail of one.details) out.append(html("p", { class: "condition" }, html("code", {}, detail)));
    const list = html("dl");
    for (const [label, text] of one.why) {
      if (label === "line") continue;
      list.append(html("div", {}, html("dt", {}, label), html("dd", {}, text)));
    }
    if (one.line) {
      const link = html("button", { type: "button", class: "link", "data-line": one.line }, `line ${one.line}`);
      list.append(html("div", {}, html("dt", {}, "pasted"), html("dd", {}, link)));
    }
    out.append(list);
    for (const finding of one.findings) {
      const card = plan.root.closest(".input").querySelector(`[data-finding="${finding}"]`);
      if (!card) continue;
      const copy = card.cloneNode(true);
      copy.removeAttribute("data-finding");
      copy.hidden = false;
      copy.removeAttribute("id");
      out.append(html("div", { class: `finding ${copy.dataset.severity || ""}` }, ...copy.childNodes));
    }
    return out;
  }

  // Rows are added as they are scrolled to: a thousand of them at once take a moment.
  const AT_ONCE = 300;
  function more(count, add, into) {
    let at = 0;
    const next = () => {
      const end = Math.min(count, at + AT_ONCE);
      for (; at < end; at += 1) add(at);
      if (at >= count) { button.remove(); return; }
      button.textContent = `Show ${Math.min(AT_ONCE, count - at)} more of ${count}`;
      into.append(button);
    };
    const button = html("button", { type: "button" });
    button.addEventListener("click", next);
    next();
    return (wanted) => { while (at <= wanted && at < count) next(); };
  }

  function table(plan, into) {
    const { data, prefix } = plan;
    const body = html("tbody");
    const head = html("tr", {}, ...["Step", "What", "Rows", "Moved", "Share of the time"].map((text, at) => html("th", at === 2 || at === 3 ? { class: "n" } : {}, text)));
    into.replaceChildren(html("table", {}, html("thead", {}, head), body));
    const most = Math.max(...data.steps.map((one) => one.values.n[0]), 1e-9);
    return more(data.steps.length, (step) => {
      const one = data.steps[step];
      const indent = html("span", { class: "indent" });
      indent.style.paddingLeft = `${Math.min(30, one.depth) * 12}px`;
      const bar = html("span", { class: "small-bar", "aria-hidden": "true" });
      bar.style.width = `${(one.values.n[0] / most) * 70}px`;
      body.append(html("tr", { "data-step": step },
        html("td", {}, String(step + data.first)),
        html("td", {}, indent, html("a", { href: `#${prefix}step-${step + data.first}` }, one.title)),
        html("td", { class: "n" }, one.rows), html("td", { class: "n" }, one.moved),
        html("td", {}, bar, ` ${one.values.t[0]}`)));
    }, into);
  }

  function printed(plan, into) {
    const { data, prefix } = plan;
    const list = html("ol", { class: "lines" });
    into.replaceChildren(list);
    return more(data.steps.length, (step) => {
      const one = data.steps[step];
      const pad = " ".repeat(Math.max(0, one.depth * 6 - 4));
      const text = `${pad}${one.depth ? "->  " : ""}${one.printed}`;
      const below = one.details.map((detail) => `\n${" ".repeat(one.depth * 6 + 2)}${detail}`).join("");
      const row = html("li", { "data-step": step }, html("span", { class: "line-number" }, one.line ? String(one.line) : ""),
        html("a", { href: `#${prefix}step-${step + data.first}` }, text), html("span", { class: "below" }, below));
      list.append(row);
    }, into);
  }

  Object.assign(window.distkey, { details, table, printed, stack, marked: (within, step) => all(`[data-step="${step}"]`, within) });
})();
