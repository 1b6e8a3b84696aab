// The pages of a scan: keys for what the buttons do, and the draft redrawn without loading its pictures again.

import { openDialog, typing } from "./page.js";

const main = document.querySelector("main");
const board = () => document.querySelector("[data-board]");
const leaves = () => [...document.querySelectorAll("[data-leaf]")];
const leafAt = (target) => target.closest?.("[data-leaf]");

// Takes the server's drawing of the changed draft; pictures that are here already stay.
async function step(button) {
  const form = board();
  const sent = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(form.action, { method: "POST", body: sent });
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = drawn.querySelector("[data-board]");
  if (!fresh) { location.reload(); return; }
  const here = new Map(leaves().map((one) => [one.dataset.leaf, one.querySelector("img")]));
  for (const one of fresh.querySelectorAll("[data-leaf]")) {
    const image = one.querySelector("img");
    const known = here.get(one.dataset.leaf);
    if (!known) continue;
    known.className = image.className;
    known.alt = image.alt;
    image.replaceWith(known);
  }
  form.replaceWith(fresh);
  const trouble = drawn.querySelector("[data-trouble]");
  document.querySelector("[data-trouble]")?.remove();
  if (trouble) fresh.before(trouble);
  const at = fresh.querySelector("[data-at]");
  if (!at) return;
  const again = button.dataset.key ? null : at.querySelector(`[data-step="${button.dataset.step}"]:not(:disabled)`);
  (again ?? at.querySelector("[data-look]")).focus();
}

function press(leaf, ...names) {
  const button = names.map((name) => leaf.querySelector(`[data-step="${name}"]:not(:disabled)`)).find(Boolean);
  if (!button) return;
  button.dataset.key = "1";
  step(button);
}

function walk(leaf, by) {
  const list = leaves();
  const next = list[Math.max(0, Math.min(list.length - 1, list.indexOf(leaf) + by))];
  next.querySelector("[data-look]").focus();
}

function row() {
  const list = leaves();
  const top = list[0]?.offsetTop;
  return Math.max(1, list.filter((one) => one.offsetTop === top).length);
}

function enlarge(link) {
  const large = document.querySelector("[data-large]");
  const small = link.querySelector("img");
  large.src = link.href;
  large.className = small.className;
  large.alt = small.alt;
  openDialog("look");
}

main.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (button) { event.preventDefault(); step(button); }
  const link = event.target.closest("[data-look]");
  if (link) { event.preventDefault(); enlarge(link); }
});

const STEPS = { l: ["left"], r: ["right"], x: ["drop", "keep"], Delete: ["drop"], s: ["cut"] };
const WALKS = { ArrowRight: () => 1, ArrowLeft: () => -1, ArrowDown: () => row(), ArrowUp: () => -row() };

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || typing(event.target)) return;
  if (event.ctrlKey && event.key === "Enter") { event.preventDefault(); document.querySelector("[data-main]:not(:disabled)")?.click(); return; }
  const again = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[event.ctrlKey && event.key.toLowerCase()];
  if (again) { event.preventDefault(); document.querySelector(`[data-${again}]:not(:disabled)`)?.click(); return; }
  if (event.ctrlKey || event.metaKey) return;
  const menu = document.querySelector("details.more[open]");
  if (event.key === "Escape" && menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
  if (event.key === "Escape") { document.querySelector("[data-back]").click(); return; }
  const leaf = leafAt(event.target) ?? null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.altKey) {
    const to = { ArrowLeft: "up", ArrowRight: "down" }[key];
    if (to && leaf) { event.preventDefault(); press(leaf, to); }
    return;
  }
  if (WALKS[key]) {
    event.preventDefault();
    if (leaf) walk(leaf, WALKS[key]()); else leaves()[0]?.querySelector("[data-look]").focus();
  } else if (STEPS[key] && leaf) {
    event.preventDefault();
    press(leaf, ...STEPS[key]);
  }
});

leaves()[0]?.querySelector("[data-look]").focus({ preventScroll: true });
