// The scan at the left: zoom, which page is shown, the evidence box, and cut-outs drawn from the same picture.

let table = null;
let sheets = [];
let watcher = null;
const steps = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];
let zoom = 1;

const sheet = (page) => sheets.find((one) => one.dataset.sheet === String(page));

function boxOf(text) {
  const [left, top, right, bottom] = text.split(" ").map(Number);
  return { left, top, right, bottom };
}

export function setZoom(wish) {
  const now = steps.indexOf(zoom);
  if (wish === "fit") zoom = 1;
  else zoom = steps[Math.max(0, Math.min(steps.length - 1, now + (wish === "in" ? 1 : -1)))];
  const middle = (table.scrollTop + table.clientHeight / 2) / table.scrollHeight;
  for (const one of sheets) one.style.width = `${zoom * 100}%`;
  table.scrollTop = middle * table.scrollHeight - table.clientHeight / 2;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button && table) setZoom(button.dataset.zoom);
});

// Draws the evidence box and brings it into view; without a box the last one goes.
export function show(page, text) {
  for (const one of sheets) one.querySelector(".spot").hidden = true;
  const on = page && text ? sheet(page) : null;
  if (!on) return;
  const box = boxOf(text);
  const spot = on.querySelector(".spot");
  const grow = 0.004;
  spot.style.left = `${(box.left - grow) * 100}%`;
  spot.style.top = `${(box.top - grow / 1.4) * 100}%`;
  spot.style.width = `${(box.right - box.left + 2 * grow) * 100}%`;
  spot.style.height = `${(box.bottom - box.top + (2 * grow) / 1.4) * 100}%`;
  spot.hidden = false;
  const top = on.offsetTop + on.clientHeight * box.top;
  const bottom = on.offsetTop + on.clientHeight * box.bottom;
  const inView = top > table.scrollTop + 30 && bottom < table.scrollTop + table.clientHeight - 30;
  if (!inView) table.scrollTop = Math.max(0, top - table.clientHeight * 0.3);
  const left = on.offsetLeft + on.clientWidth * box.left;
  const right = on.offsetLeft + on.clientWidth * box.right;
  if (left < table.scrollLeft || right > table.scrollLeft + table.clientWidth) table.scrollLeft = Math.max(0, left - 40);
}

async function picture(page) {
  const image = sheet(page)?.querySelector("img");
  if (!image) return null;
  image.loading = "eager";
  try {
    await image.decode();
  } catch {
    return null;
  }
  return image;
}

// Draws the spot of the paper into a canvas, as large as the canvas allows.
export async function cut(canvas, page, text) {
  const image = await picture(page);
  if (!image) return;
  const box = boxOf(text);
  const { naturalWidth: width, naturalHeight: height } = image;
  const line = (box.bottom - box.top) * height;
  const edge = Math.max(6, Math.min(line * 0.25, 18));
  const dots = window.devicePixelRatio || 1;
  const room = canvas.clientWidth;
  const y = Math.max(0, box.top * height - edge);
  const h = Math.min(height, box.bottom * height + edge) - y;
  const asked = (box.right - box.left) * width + edge * 3.2;
  if (!room || asked <= 0 || h <= 0) return;
  const tallest = Number(canvas.dataset.tallest || 74);
  const scale = Math.min(room / asked, tallest / h, 1.6);
  const w = Math.min(width, room / scale); // a narrow spot is shown with what stands beside it
  const x = Math.max(0, Math.min(width - w, ((box.left + box.right) / 2) * width - w / 2));
  const tall = Math.max(30, Math.min(tallest, Math.ceil(h * scale)));
  canvas.style.height = `${tall}px`;
  canvas.width = Math.round(room * dots);
  canvas.height = Math.round(tall * dots);
  const pen = canvas.getContext("2d");
  pen.scale(dots, dots);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, room, tall);
  pen.imageSmoothingQuality = "high";
  const top = (tall - h * scale) / 2;
  pen.drawImage(image, x, y, w, h, 0, top, w * scale, h * scale);
  if (w > asked * 1.3) { // then the spot itself is underlined
    pen.fillStyle = "#d07a00";
    pen.fillRect((box.left * width - x) * scale, tall - 3, (box.right - box.left) * width * scale, 2);
  }
}

// Takes the sheets that lie on the table now.
export function lay() {
  table = document.querySelector("[data-table]");
  sheets = [...document.querySelectorAll("[data-sheet]")];
  zoom = 1;
  watcher?.disconnect();
  if (!table) return;
  const counter = document.querySelector("[data-sheet-of]");
  watcher = new IntersectionObserver((seen) => {
    for (const one of seen) if (one.isIntersecting) counter.textContent = `${one.target.dataset.sheet}/${sheets.length}`;
  }, { root: table, rootMargin: "-45% 0px -45% 0px" });
  for (const one of sheets) watcher.observe(one);
  table.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    setZoom(event.deltaY < 0 ? "in" : "out");
  }, { passive: false });
}
