// The inbox: one row is always under the cursor; rows redraw themselves when something moved; files may be dropped.

import { listen, openDialog, redraw, showCounts, typing } from "./page.js";

const rows = document.querySelector("[data-rows]");
let at = null;
let seen = Number(rows.dataset.seq);
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

const all = () => [...rows.querySelectorAll("tr[data-id]")];

function point(row, scroll = true) {
  for (const one of all()) one.classList.toggle("at", one === row);
  at = row ? row.dataset.id : null;
  if (row && scroll) row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const list = all();
  if (!list.length) return;
  const now = list.findIndex((one) => one.dataset.id === at);
  point(list[Math.max(0, Math.min(list.length - 1, now + by))]);
}

const open = (row) => { const link = row?.querySelector("a"); if (link) location.href = link.href; };

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "j" || event.key === "ArrowDown") { event.preventDefault(); step(1); }
  if (event.key === "k" || event.key === "ArrowUp") { event.preventDefault(); step(-1); }
  if (event.key === "Enter" && !event.target.closest("a, button, summary, label")) open(all().find((one) => one.dataset.id === at));
  if (event.key === "f") { event.preventDefault(); document.querySelector(".filters [name=q]")?.focus() ?? document.querySelector("[data-filter-link]")?.click(); }
  if (event.key === "b") document.querySelector("[data-bulk-link]")?.click();
  if (/^[1-7]$/.test(event.key)) document.querySelectorAll("[data-tab]")[Number(event.key) - 1]?.click();
});

rows.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-id]");
  if (!row || event.target.closest("a") || String(getSelection())) return;
  open(row);
});

async function refresh() {
  const before = new Set(all().map((one) => one.dataset.id));
  const address = new URL(location.href);
  address.pathname = "/rows";
  if (!(await redraw(rows, address))) return;
  const list = all();
  for (const one of list) if (before.size && !before.has(one.dataset.id)) one.classList.add("new");
  point(list.find((one) => one.dataset.id === at) ?? list[0] ?? null, false);
}

listen("/live", {
  desk: (news) => {
    showCounts(news.counts);
    if (seen !== news.seq) refresh();
    seen = news.seq;
  },
  reading: (news) => {
    for (const [id, words] of Object.entries(news)) {
      const place = rows.querySelector(`tr[data-id="${CSS.escape(id)}"] [data-words]`);
      if (place && place.textContent !== words) place.textContent = words;
    }
  },
});

const upload = document.querySelector("[data-upload]");
if (upload) {
  const input = upload.querySelector("input[type=file]");
  input.addEventListener("change", () => { if (input.files.length) upload.requestSubmit(); });
  document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("over"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    upload.requestSubmit();
  });
}

point(all()[0] ?? null, false);
if (location.hash === "#help") openDialog("help");
