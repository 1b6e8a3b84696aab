// Several papers at once: J and K walk, Space ticks, A ticks all, Ctrl+Enter confirms.

import { typing } from "./page.js";

const form = document.querySelector("[data-bulk]");
const boxes = [...document.querySelectorAll("[data-tick]")];

function count() {
  const place = document.querySelector("[data-ticked]");
  const ticked = boxes.filter((one) => one.checked && !one.disabled).length;
  place.textContent = place.dataset.ticked.replace("#", ticked);
  form.querySelector("[data-main]").disabled = ticked === 0;
}

// A paper without a receiver can be entered into the register, but not sent.
function way() {
  const sends = form.querySelector("[name=send]:checked").value === "1";
  for (const box of boxes) box.disabled = sends && box.closest("[data-row]").querySelector("[data-nobody]") !== null;
  count();
}

function step(by) {
  const open = boxes.filter((one) => !one.disabled);
  const next = open[Math.max(0, Math.min(open.length - 1, open.indexOf(document.activeElement) + by))];
  next?.focus();
  next?.closest("[data-row]").scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.ctrlKey && event.key === "Enter") document.querySelector("[data-bulk] [data-main]:not(:disabled)")?.click();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "Escape") document.querySelector("[data-back]").click();
  if (!form) return;
  if (event.key === "j") step(1);
  if (event.key === "k") step(-1);
  if (event.key === "a") form.querySelector("[data-all]").click();
});

if (form) {
  form.addEventListener("change", way);
  form.querySelector("[data-all]").addEventListener("click", () => {
    const open = boxes.filter((one) => !one.disabled);
    const all = open.every((one) => one.checked);
    for (const one of open) one.checked = !all;
    count();
  });
  way();
  boxes.find((one) => !one.disabled)?.focus({ preventScroll: true });
}
