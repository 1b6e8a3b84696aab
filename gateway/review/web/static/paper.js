// The page of one Document: the cursor's field, its spot on the paper, the walk through unsure fields, what moves meanwhile.

import { listen, openAsked, openDialog, redraw, say, typing, word } from "./page.js";
import { address } from "./recipients.js";
import { cut, lay, setZoom, show } from "./scan.js";
import { lookAhead, startTurning } from "./turn.js";

const LISTEN_MS = 250;
let desk = null;
let form = null;
let fields = [];
let deaf = () => {};
const entryOf = (field) => field.querySelector("input:not([type=checkbox]), textarea, select");
const open = (field) => field.classList.contains("unsure") && !field.classList.contains("done");
const missing = (field) => field.classList.contains("missing") && !entryOf(field)?.value.trim();

function drawCuts() {
  for (const field of fields) {
    const canvas = field.querySelector("canvas");
    if (canvas) cut(canvas, field.dataset.page, field.dataset.box);
  }
}

function stand(field) {
  for (const one of fields) one.classList.toggle("at", one === field);
  if (field) show(field.dataset.page, field.dataset.box);
}

function countDoubts() {
  const place = document.querySelector("[data-left]");
  if (!place) return;
  const left = fields.filter((one) => open(one) || missing(one)).length;
  const nowhere = !form.querySelector(".chip input") && form.querySelector("[name=send]:checked")?.value === "1";
  place.textContent = left ? place.dataset.one.replace("#", left) : nowhere ? place.dataset.toNone : place.dataset.zero;
  place.classList.toggle("none", left === 0 && !nowhere);
}

function settle(field, yes = true) {
  const box = field.querySelector("[data-check]");
  if (!box) return;
  box.checked = yes;
  field.classList.toggle("done", yes);
  countDoubts();
}

function press(field) {
  for (const one of field.querySelectorAll(".choice")) one.setAttribute("aria-pressed", String(one.dataset.value === entryOf(field).value));
}

function take(field, choice) {
  const entry = entryOf(field);
  entry.value = choice.dataset.value;
  press(field);
  if (choice.dataset.box) {
    field.dataset.page = choice.dataset.page;
    field.dataset.box = choice.dataset.box;
    const canvas = field.querySelector("canvas");
    if (canvas) cut(canvas, field.dataset.page, field.dataset.box);
    show(field.dataset.page, field.dataset.box);
  }
}

function turn(field, by) {
  const choices = [...field.querySelectorAll(".choice")];
  if (!choices.length) return false;
  const now = choices.findIndex((one) => one.dataset.value === entryOf(field).value);
  take(field, choices[(now + by + choices.length) % choices.length]);
  return true;
}

function goOn(from) {
  const start = fields.indexOf(from) + 1;
  const order = [...fields.slice(start), ...fields.slice(0, Math.max(0, start))];
  const next = order.find((one) => one !== from && (open(one) || missing(one)));
  if (next) {
    entryOf(next).focus();
    entryOf(next).select?.();
    return;
  }
  last().focus();
}

// Where the walk ends: at the receivers while there is none, else at the button.
function last() {
  const seek = document.querySelector("[data-seek]");
  const nobody = seek && !document.querySelector(".chip input") && form.querySelector("[name=send]:checked").value === "1";
  return nobody ? seek : document.querySelector("[data-main]");
}

function fillIn() {
  for (const field of fields) {
    if (field.querySelector("[data-check]")?.checked) field.classList.add("done");
    if (field.querySelector(".choice")) press(field);
  }
  form.addEventListener("focusin", (event) => stand(event.target.closest("[data-field]")));
  form.addEventListener("input", (event) => {
    const field = event.target.closest("[data-field]");
    form.dataset.touched = "1";
    if (!field) return;
    if (event.target.matches("[data-check]")) settle(field, event.target.checked);
    else if (field.querySelector(".choice")) press(field);
    countDoubts();
  });
  form.addEventListener("change", () => { form.dataset.touched = "1"; countDoubts(); });
  form.addEventListener("click", (event) => {
    const choice = event.target.closest(".choice[data-value]");
    if (!choice) return;
    const field = choice.closest("[data-field]");
    take(field, choice);
    settle(field);
    form.dataset.touched = "1";
    entryOf(field).focus();
  });
  form.addEventListener("keydown", (event) => {
    const field = event.target.closest("[data-field]");
    if (event.key === "Enter" && !event.ctrlKey && !event.shiftKey && (field || event.target.matches("[data-seek]"))) {
      event.preventDefault();
      if (field) settle(field);
      goOn(field);
    }
    if (!field) return;
    const single = event.target.matches("input:not([type=checkbox]):not([list])");
    if (single && (event.key === "ArrowDown" || event.key === "ArrowUp") && turn(field, event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    if (event.altKey && /^[1-9]$/.test(event.key)) {
      const choice = field.querySelectorAll(".choice")[Number(event.key) - 1];
      event.preventDefault();
      if (choice) { take(field, choice); settle(field); }
    }
  });
  countDoubts();
  const wrong = document.querySelector(".field.wrong input, .field.wrong textarea");
  const first = fields.find((one) => open(one) || missing(one));
  (wrong ?? (first ? entryOf(first) : null) ?? last())?.focus({ preventScroll: !wrong });
}

function look() {
  for (const field of fields) {
    field.addEventListener("focus", () => stand(field));
    field.addEventListener("mouseenter", () => stand(field));
  }
  document.querySelector("[data-main]")?.focus({ preventScroll: true });
}

function main() {
  const button = document.querySelector("[data-main]");
  if (button && !button.disabled) button.click();
}

document.addEventListener("keydown", (event) => {
  const asked = document.querySelector("dialog[open]");
  if (event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    if (asked) asked.querySelector(".actions").closest("form").requestSubmit();
    else if (event.shiftKey) (document.querySelector("[data-and-next]") ?? document.querySelector("[data-main]"))?.click();
    else main();
  }
  if (asked) return;
  if (event.ctrlKey && event.key.toLowerCase() === "s") {
    event.preventDefault();
    document.querySelector("[data-save]")?.click();
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (typing(event.target)) event.target.blur();
    else document.querySelector("[data-back]").click();
  }
  if (typing(event.target)) return;
  if (event.key === "n") document.querySelector("[data-next][href]")?.click();
  if (event.key === "p") document.querySelector("[data-previous][href]")?.click();
  if (event.key === "m") { const gather = document.querySelector("[data-gather]"); gather?.focus(); gather?.click(); }
  if (event.key === "l") { event.preventDefault(); document.querySelector('[data-open="relate"]')?.click(); }
  if (event.key === "g") document.querySelector("[data-pages]")?.click();
  if (event.key === "+" || event.key === "=") setZoom("in");
  if (event.key === "-") setZoom("out");
  if (event.key === "0") setZoom("fit");
});

function hear() {
  return listen(`/live?d=${encodeURIComponent(desk.dataset.paper)}`, {
    paper: async (news) => {
      const bar = document.querySelector("[data-progress]");
      if (bar && news.progress) { [bar.value, bar.max] = news.progress; }
      const words = document.querySelector("[data-reading] [data-words]");
      if (words && words.textContent !== news.words) words.textContent = news.words;
      if (String(news.version) === desk.dataset.version) return;
      const idle = !form?.dataset.touched && !document.querySelector("dialog[open]");
      if (news.stage !== desk.dataset.stage || form) {
        if (idle) location.reload();
        else say(document.documentElement.lang === "vi" ? "Văn bản vừa thay đổi." : "This document has just changed.", { href: location.href, text: "↻" });
        return;
      }
      desk.dataset.version = news.version;
      for (const one of document.querySelectorAll("input[name=version]")) one.value = news.version;
      for (const place of document.querySelectorAll("[data-part]")) await redraw(place, `/d/${encodeURIComponent(desk.dataset.paper)}/part/${place.dataset.part}`);
    },
  });
}

// Who prints a paper stands in the journal.
window.addEventListener("beforeprint", () => {
  fetch(`/d/${encodeURIComponent(desk.dataset.paper)}/printed`, { method: "POST", body: new URLSearchParams({ word }), keepalive: true });
});

let resized = 0;
window.addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(drawCuts, 150); });

// Sets up the paper that stands in the window now.
function setUp() {
  desk = document.querySelector("[data-paper]");
  form = document.querySelector("[data-entries]");
  fields = [...document.querySelectorAll("[data-field]")];
  lay();
  address();
  (form ? fillIn : look)();
  openAsked();
  drawCuts();
  const later = setTimeout(() => { deaf = hear(); }, LISTEN_MS);
  deaf = () => clearTimeout(later);
  const picture = document.querySelector("[data-sheet] img");
  const following = document.querySelector("[data-next][href]");
  picture?.decode().catch(() => null).then(() => { if (following?.isConnected) lookAhead(following); });
}

setUp();
startTurning(setUp, () => deaf());
if (location.hash === "#seal") openDialog("seal");
