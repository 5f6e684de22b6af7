// What is wrong with how a page looks, as sentences: text that lies on text or out of its box, boxes that
// overlap, anything that reaches out of the window. Run in the page; returns a list.
const wrong = [];
const SLACK = 1.5;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const seen = (element) => element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true });
const say = (what, ...elements) => wrong.push(`${what}: ${elements.map((one) => `“${(one.textContent || one.className.baseVal || one.className || one.tagName).trim().replace(/\s+/g, " ").slice(0, 60)}”`).join(" and ")}`);
const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > SLACK && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > SLACK;
const inside = (a, b) => a.left >= b.left - SLACK && a.right <= b.right + SLACK && a.top >= b.top - SLACK && a.bottom <= b.bottom + SLACK;

// Pairs that overlap, found by their tops.
function pairs(rects, told, what) {
  rects.sort((a, b) => a.rect.top - b.rect.top);
  for (let i = 0; i < rects.length; i += 1) {
    for (let j = i + 1; j < rects.length && rects[j].rect.top < rects[i].rect.bottom - SLACK; j += 1) {
      if (overlap(rects[i].rect, rects[j].rect) && told(rects[i], rects[j])) say(what, rects[i].element, rects[j].element);
    }
  }
}

const page = document.documentElement;
if (page.scrollWidth > innerWidth) {
  wrong.push(`the page is ${page.scrollWidth - innerWidth} px wider than the window`);
}

// Letters of a text in capitals and descenders: its em box is higher.
const tight = (rect) => ({ left: rect.left, right: rect.right, top: rect.top + rect.height * 0.12, bottom: rect.bottom - rect.height * 0.12 });

// The drawings of plans and of joins. A box is a rect of class `box` or `table`.
for (const svg of all("svg.canvas, .view.joins svg").filter(seen)) {
  const boxes = all(".box:not(.under), rect.table", svg).map((element) => ({ element: element.parentNode, rect: element.getBoundingClientRect() }));
  pairs(boxes, () => true, "boxes overlap");
  const texts = all("text", svg).filter(seen).map((element) => ({ element, rect: tight(element.getBoundingClientRect()) }));
  pairs([...texts], () => true, "texts of the drawing overlap");
  const frame = svg.getBoundingClientRect();
  for (const text of texts) {
    if (!inside(text.rect, frame)) say("text reaches out of the drawing", text.element);
    const own = text.element.closest(".step, .node");
    const pill = text.element.closest(".fold")?.querySelector("rect") ?? (own ? all(".box:not(.under), rect.table", own)[0] : null);
    if (pill && !inside(text.rect, pill.getBoundingClientRect())) say("text reaches out of its box", text.element);
    if (pill) continue;
    for (const box of boxes) if (overlap(text.rect, box.rect)) say("a label lies on a box", text.element, box.element);
  }
  for (const fold of all(".fold", svg)) {
    const rect = fold.getBoundingClientRect();
    for (const text of texts) if (!fold.contains(text.element) && overlap(rect, text.rect)) say("a button lies on text", fold, text.element);
  }
}

// Other drawings: their texts.
for (const svg of all("svg:not(.canvas)").filter((one) => seen(one) && !one.closest(".view.joins"))) {
  const texts = all("text", svg).filter(seen).map((element) => ({ element, rect: tight(element.getBoundingClientRect()) }));
  pairs([...texts], () => true, "texts of a picture overlap");
  const frame = svg.getBoundingClientRect();
  for (const text of texts) if (!inside(text.rect, frame)) say("text reaches out of its picture", text.element);
}

// The text of the page: no line on another, none out of what clips it.
const lines = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const range = document.createRange();
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.textContent.trim() || element.closest("svg, script, style, noscript, option, textarea") || !seen(element)) continue;
  range.selectNodeContents(node);
  for (const rect of range.getClientRects()) {
    if (rect.width < 1 || rect.height < 1) continue;
    // What a scrolling frame hides is not on the page.
    let hidden = false;
    let shown = rect;
    for (let up = element; up && up !== document.body; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.overflow === "visible" && style.overflowX === "visible") continue;
      const clip = up.getBoundingClientRect();
      if (rect.right <= clip.left + 1 || rect.left >= clip.right - 1 || rect.bottom <= clip.top + 1 || rect.top >= clip.bottom - 1) hidden = true;
      else shown = { left: Math.max(shown.left, clip.left), right: Math.min(shown.right, clip.right), top: Math.max(shown.top, clip.top), bottom: Math.min(shown.bottom, clip.bottom) };
      if (hidden) break;
      if (style.overflowX === "hidden" && up.scrollWidth > up.clientWidth + 1 && !up.closest(".view")) { say("text is cut off", element); hidden = true; }
    }
    if (hidden) continue;
    if (shown.right - shown.left < 1 || shown.bottom - shown.top < 1) continue;
    lines.push({ element, rect: tight({ left: shown.left, right: shown.right, top: shown.top, bottom: shown.bottom, height: shown.bottom - shown.top }) });
    if (rect.right > innerWidth + SLACK && !element.closest(".view, .scroll, pre")) say("text reaches out of the window", element);
  }
}
const sticky = (element) => element.closest("th");
pairs(lines, (a, b) => a.element !== b.element && !a.element.contains(b.element) && !b.element.contains(a.element) && !sticky(a.element) && !sticky(b.element), "texts overlap");

// Controls hold what is written on them, and lie on no other.
const controls = all("button, select, input, textarea, summary").filter((one) => seen(one) && one.getBoundingClientRect().width > 0);
for (const button of controls.filter((one) => one.tagName === "BUTTON")) {
  if (button.scrollWidth > button.clientWidth + 1) say("a button is too narrow for its words", button);
}
pairs(controls.filter((one) => !one.closest(".advice, .details")).map((element) => ({ element, rect: element.getBoundingClientRect() })), (a, b) => !a.element.contains(b.element) && !b.element.contains(a.element), "controls overlap");
return [...new Set(wrong)];
