"use strict";
// Pulls one bundle of all cameras, draws it, and only then pulls the next. Names and words of a take may be
// anybody's: they become text by `put`, never markup.
const $ = (id) => document.getElementById(id);
const now = () => performance.now();
const LIVE_MS = 100, SMALL_MS = 250, STILL_MS = 1500, HIDDEN_MS = 3000, GRACE_MS = 2500, FPS = 30;
const SIZES = ["auto", "full", "small"];
const MARKS = {good: "✓", warning: "!", error: "✖", none: "…"};
const RANKS = ["good", "none", "note", "warning", "error"];
const cameras = new Map();
const wish = {size: "auto", slow: true, pulse: null, alone: null, playing: false};
let head = null, heard = now(), due = now() + 4000, failure = "", gone = false, rate = 0, pulledAt = 0, timer = 0, busy = false, again = false;

function put(element, text, name = element.className) {
  if (element.textContent !== text) element.textContent = text;
  call(element, name);
}

function call(element, name) {
  if (element.className !== name) element.className = name;
}

// --- pulling ---------------------------------------------------------------------------------------------

const isSmall = () => wish.size === "small" || (wish.size === "auto" && wish.slow);
const isLost = () => now() > due || (failure && now() - heard > 1000);
const isLive = () => !head || head.state !== "ended";

function address() {
  const all = [...cameras.values()], query = new URLSearchParams({size: isSmall() ? "small" : "full"});
  const ir = all.filter((each) => each.ir).map((each) => each.name);
  const known = all.filter((each) => each.has !== null && each.kind === kindOf(each));
  for (const each of all) each.asked = kindOf(each), each.askedIr = each.ir;
  if (ir.length) query.set("ir", ir.join(","));
  if (wish.pulse !== null) query.set("pulse", wish.pulse);
  if (known.length) query.set("since", known.map((each) => `${each.name}:${each.has}`).join(","));
  return `bundle?${query}`;
}

const kindOf = (camera) => `${isSmall()} ${camera.ir}`;

async function pull() {
  if (busy) return void (again = true);
  busy = true;
  again = false;
  clearTimeout(timer);
  goOn();
  const began = now();
  let wait = 1000;
  try {
    const small = isSmall(), limit = wish.size === "auto" && !small ? 3000 : 20000;
    const answer = await fetch(address(), {signal: AbortSignal.timeout(limit), cache: "no-store"});
    if (!answer.ok) throw new Error(answer.status === 403 ? "open the address that ksync printed" : (await answer.text()).trim());
    const came = now(), bytes = await answer.arrayBuffer();
    judgeLine(small, bytes.byteLength, now() - came);
    await show(bytes);
    heard = now();
    failure = "";
    wait = document.hidden ? HIDDEN_MS : wish.playing ? 33 : !isLive() ? STILL_MS : isSmall() ? SMALL_MS : LIVE_MS;
    due = heard + wait + GRACE_MS;
    rate = 0.8 * rate + 0.2 * (1000 / Math.max(1, began - pulledAt));
    pulledAt = began;
  } catch (error) {
    gone = error instanceof TypeError;
    failure = error.name === "TimeoutError" ? "" : gone ? "the viewer is gone" : String(error.message);
    wish.slow ||= error.name === "TimeoutError";
  }
  showWhole();
  busy = false;
  timer = setTimeout(pull, again ? 0 : Math.max(0, wait - (now() - began)));
}

let fullSize = 2e6, quick = 0;
function judgeLine(small, nbytes, took) { // small pictures first, and full ones where the line has shown that it can
  if (nbytes < 20000) return;
  if (!small) fullSize = nbytes;
  const expected = took * fullSize / nbytes;
  quick = expected < 250 ? quick + 1 : Math.max(0, quick - 3);
  if (expected > 700) wish.slow = true;
  else if (quick >= (wish.tried ? 30 : 2)) wish.slow = false, wish.tried = true;
}

// --- pictures --------------------------------------------------------------------------------------------

async function show(bytes) {
  const nbytes = new DataView(bytes).getUint32(0, true), before = cameras.size;
  head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, nbytes)));
  const names = new Set(head.devices.map((each) => each.name));
  for (const [name, camera] of cameras) {
    if (!names.has(name)) camera.root.remove(), cameras.delete(name);
  }
  const told = head.devices.map((device, at) => [cameras.get(device.name) || addCamera(device.name, at), device]);
  if (cameras.size !== before) arrange();
  await Promise.all(told.flatMap(([camera, device]) => draw(camera, device, bytes, 4 + nbytes)));
  for (const [camera, device] of told) describe(camera, device);
}

function addCamera(name, at) {
  const root = $("camera").content.firstElementChild.cloneNode(true);
  const part = (selector) => root.querySelector(selector);
  const camera = {name, root, part, ir: $("ir").ariaPressed === "true", has: null, kind: "", asked: "", age: null, aged: now()};
  put(part(".number"), String(at + 1));
  put(part(".name"), name);
  part(".name").title = name;
  const alone = () => choose(wish.alone === name ? null : name);
  const other = () => { camera.ir = !camera.ir; pull(); };
  for (const [figure, act] of [[".color", alone], [".depth", other]]) {
    part(figure).onclick = act;
    part(figure).onkeydown = (event) => { if (event.key === "Enter") act(); };
  }
  $("cameras").append(root);
  cameras.set(name, camera);
  return camera;
}

function draw(camera, device, bytes, base) {
  const ir = camera.askedIr, where = device.hole || (device.elsewhere ? `on ${device.host}` : "");
  const jobs = [[".color", device.color, "no color"], [".depth", ir ? device.ir : device.depth, ir ? "no IR" : "no depth"]]
    .map(([selector, picture, none]) => {
      const figure = camera.part(selector);
      figure.covered = picture === (device.color || picture) && device.board ? device.board.covered : [];
      if (picture && picture.same) return;
      if (picture && picture.nbytes) return paint(figure, picture, bytes, base + picture.offset);
      blank(figure, picture && picture.broken ? "unreadable" : where || none);
    });
  camera.ir ||= device.stamp !== null && !device.depth && !ir && !camera.tried;
  camera.tried = true;
  camera.has = device.stamp;
  camera.kind = camera.asked;
  return jobs;
}

async function paint(figure, picture, bytes, at) {
  const canvas = figure.firstElementChild;
  let bitmap;
  try {
    bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes, at, picture.nbytes)], {type: picture.type}));
  } catch {
    return blank(figure, "unreadable picture");
  }
  const aspect = String(picture.width / picture.height);
  if (figure.dataset.aspect !== aspect) {
    figure.style.aspectRatio = figure.dataset.aspect = aspect;
    arrange();
  }
  const width = Math.max(1, Math.min(bitmap.width, Math.round(figure.clientWidth * devicePixelRatio)));
  const height = Math.max(1, Math.round(width * bitmap.height / bitmap.width));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
  const ink = canvas.getContext("2d");
  ink.clearRect(0, 0, width, height); // pixels without depth are transparent
  ink.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  ink.fillStyle = "#2f75";
  figure.covered.forEach((row, y, rows) => [...row].forEach((cell, x) => { // where the board was
    const across = width / row.length, down = height / rows.length;
    if (cell > 0) ink.fillRect(x * across + 1, y * down + 1, across - 2, down - 2);
  }));
  figure.dataset.none = "";
}

function blank(figure, words) {
  const canvas = figure.firstElementChild;
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  figure.dataset.none = words;
}

// --- words and gauges ------------------------------------------------------------------------------------

const percent = (share) => share == null ? "–" : `${Math.round(100 * share)} %`;
const seconds = (s) => s < 10 ? `${s.toFixed(1)} s` : s < 120 ? `${Math.round(s)} s` : `${Math.round(s / 60)} min`;
const worstFirst = (signs) => [...signs].sort((a, b) => // of two as bad the shorter: it is read from farther away
  RANKS.indexOf(b.severity) - RANKS.indexOf(a.severity) || a.text.length - b.text.length);
const worst = (levels) => levels.reduce((a, b) => RANKS.indexOf(b) > RANKS.indexOf(a) ? b : a, "good");

function describe(camera, device) {
  const part = camera.part, color = device.color, depth = device.depth;
  camera.age = device.age_s;
  camera.aged = now();
  put(part(".role"), device.board ? device.board.words : [device.role, device.host, device.pulse === null ? null : `pulse ${device.pulse}`]
    .filter((each) => each != null).join(" · "));
  const signs = worstFirst((head.whole.signs || []).filter((each) => each.device === device.name));
  call(camera.root, worst(signs.map((each) => each.severity)) + (wish.alone === device.name ? " chosen" : ""));
  put(part(".sign"), signs.length ? signs[0].text.split("; ")[0] : "");
  part(".sign").hidden = !signs.length;
  put(part(".hint"), device.hint || "");
  part(".hint").hidden = !device.hint;
  curve(part(".spark"), part(".residual"), device);
  part(".counts").title = Object.entries(device.holes || {}).map(([why, count]) => `${why}: ${count}`).join(", ");
  put(part(".counts"), `lost ${device.drops ?? "–"} · waiting ${megabytes(device.queue_bytes)}`,
    `counts${device.queue_bytes > 0.5 * (device.queue_limit_bytes ?? Infinity) ? " wrong" : device.drops ? " watch" : ""}`);
  if (color) {
    put(part(".light"), `clipped ${percent(color.clipped)} · dark ${percent(color.dark)}`,
      `light ${color.clipped > 0.25 || color.dark > 0.95 ? "wrong" : color.clipped > 0.05 || color.dark > 0.6 ? "watch" : ""}`);
  }
  if (depth) cover(part, depth);
  for (const [selector, what] of [[".color", "color"], [".depth", device.ir ? "IR" : "depth"]]) {
    part(selector).firstElementChild.ariaLabel = `${what} of ${device.name}`;
  }
  showAge(camera);
}

function cover(part, depth) {
  const shares = [depth.coverage, depth.saturated, depth.too_dark, depth.other];
  [...part(".cover").children].forEach((bar, at) => { bar.style.flex = `${shares[at] || 0} 1 0`; });
  part(".cover").ariaLabel = "covered, saturated, too dark, otherwise invalid: " + shares.map(percent).join(", ");
  part(".cover").parentElement.title = part(".cover").ariaLabel;
  put(part(".seen"), `depth ${percent(depth.coverage)}`,
    `seen ${depth.coverage < 0.05 ? "wrong" : depth.coverage < 0.25 ? "watch" : ""}`);
}

const megabytes = (nbytes) => nbytes == null ? "–" : `${(nbytes / 1e6).toFixed(1)} MB`;

function curve(canvas, word, device) {
  const values = device.residuals_us || [], limit = device.tolerance_us || 1, style = getComputedStyle(document.body);
  const width = canvas.clientWidth * devicePixelRatio, height = 20 * devicePixelRatio, ink = canvas.getContext("2d");
  if (canvas.width !== Math.round(width)) Object.assign(canvas, {width, height});
  const at = (us) => height / 2 * (1 - Math.max(-1, Math.min(1, us / (2 * limit))));
  const color = (name) => style.getPropertyValue(name);
  ink.clearRect(0, 0, width, height);
  ink.fillStyle = color("--band");
  ink.fillRect(0, at(limit), width, at(-limit) - at(limit));
  ink.strokeStyle = color("--curve");
  ink.lineWidth = 1.5 * devicePixelRatio;
  ink.beginPath();
  let drawn = false;
  values.forEach((us, index) => {
    const x = width * (index + 1) / (values.length + 1);
    if (us === null) {
      ink.fillStyle = color("--bad");
      ink.fillRect(x - 1, 0, 2 * devicePixelRatio, height);
    } else if (drawn) ink.lineTo(x, at(us));
    else ink.moveTo(x, at(us));
    drawn = us !== null;
  });
  ink.stroke();
  const last = values.findLast((us) => us !== null), off = last !== undefined && Math.abs(last) > limit;
  put(word, last === undefined ? "– µs" : `${last > 0 ? "+" : ""}${Math.round(last)} of ±${Math.round(limit)} µs`,
    `residual${off ? " wrong" : ""}`);
  canvas.ariaLabel = word.textContent;
}

function showAge(camera) {
  const live = head && isLive() && camera.age !== null;
  const age = live ? camera.age + (now() - camera.aged) / 1000 : 0, old = live && age > 3;
  put(camera.part(".age"), live ? seconds(age) : "", `age${age > 1.5 ? " wrong" : ""}`);
  call(camera.part(".pictures"), `pictures${old ? " old" : ""}${isLost() ? " lost" : ""}`);
  for (const figure of camera.root.querySelectorAll("figure")) {
    const what = figure.dataset.none || (figure.className === "depth" && camera.ir ? "IR" : "");
    put(figure.lastElementChild, !old ? what : figure.className === "color" ? `no new picture for ${seconds(age)}` : "");
  }
}

// --- the whole -------------------------------------------------------------------------------------------

function showWhole() {
  const lost = isLost();
  const whole = head ? head.whole : {verdict: "", words: "connecting", signs: []};
  let signs = worstFirst(whole.signs || []);
  if (lost) {
    const what = `no ${gone ? "connection" : "answer"} for ${Math.round((now() - heard) / 1000)} s`;
    signs = [{severity: "error", text: `${what}; ${failure || "its computer is busy"}, and all that is shown is old`}, ...signs];
  }
  signs = signs.filter((each) => each.severity !== "note");
  const level = signs.length ? signs[0].severity : head && head.state !== "waiting" ? "good" : "none";
  showLamp(level, signs, whole.words || whole.verdict);
  if (head) showFacts(whole, lost);
  for (const camera of cameras.values()) showAge(camera);
}

function showLamp(level, signs, words) { // which camera and what, to be read from afar; then what to do, and what else
  const told = (each) => each.device ? `${each.device}: ${each.text}` : each.text;
  const [first, second, ...more] = signs, [what, ...remedy] = (first ? first.text : words).split("; ");
  const lines = [
    ["b", first && first.device && `${first.device}:`], [what.length > 40 ? "p" : "span", what], ["small", remedy.join("; ")],
    ["small", second && told(second).split("; ")[0]], ["small", more.length ? `and ${more.length} more` : ""],
  ].filter(([, text]) => text);
  document.body.dataset.level = level;
  put($("mark"), MARKS[level] || MARKS.none);
  const all = lines.join("\n");
  if ($("words").dataset.told !== all) {
    $("words").dataset.told = all;
    $("words").replaceChildren(...lines.map(([tag, text]) => {
      const line = document.createElement(tag);
      put(line, text);
      return line;
    }));
  }
  const key = signs.map((each) => told(each).replace(/[\d.,]+/g, "")).join("; "); // not each second anew
  if ($("told").dataset.key !== key) put($("told"), $("told").dataset.key = key);
  put($("state"), !head ? "" : head.state === "recording" ? "● REC" : head.state);
  document.title = `${MARKS[level] || ""} ${first ? told(first) : (head ? head.name : "ksync")}`;
}

function showFacts(whole, lost) {
  const count = (number) => number.toLocaleString("en"), left = whole.disk_minutes, ended = head.state === "ended";
  const facts = [
    ["", head.name, ""],
    ["complete", whole.rows == null ? null : `${count(whole.complete)} of ${count(whole.rows)}`,
      whole.complete < whole.rows ? "watch" : ""],
    ["board", whole.board, ""],
    ["written", ended || !whole.mb_s ? null : `${Math.round(whole.mb_s)} MB/s`, ""],
    ["disk", left == null || ended ? null : left > 120 ? `${Math.round(left / 60)} h` : `${Math.floor(left)} min`,
      left < 3 ? "wrong" : left < 10 ? "watch" : ""],
    ["pictures", lost || ended ? null : `${rate.toFixed(1)}/s${isSmall() ? ", small" : ""}`, ""],
  ].filter((each) => each[1] != null);
  const rows = $("facts");
  while (rows.children.length > facts.length) rows.lastChild.remove();
  facts.forEach(([what, value, level], at) => {
    const row = rows.children[at] || rows.appendChild(document.createElement("div"));
    if (!row.firstChild) row.append(document.createElement("dt"), document.createElement("dd"));
    put(row.firstChild, what);
    put(row.lastChild, value, level);
  });
  showTime(ended);
}

function showTime(ended) {
  const span = ended && head.span, shown = Boolean(span);
  $("time").hidden = !shown;
  if (!shown) return;
  const pulse = wish.pulse ?? span[1];
  Object.assign($("slider"), {min: span[0], max: span[1]});
  if (document.activeElement !== $("slider") || wish.playing) $("slider").value = pulse;
  put($("at"), `pulse ${pulse}`);
  put($("play"), wish.playing ? "❚❚" : "▶");
}

// --- arranging and asking --------------------------------------------------------------------------------

function arrange() { // as many columns as make the pictures largest without scrolling
  const count = wish.alone === null ? cameras.size : 1, main = $("cameras"), ratio = (selector) =>
    Math.max(...[...cameras.values()].map((each) => each.part(selector).dataset.aspect || 0), selector === ".color" ? 1.5 : 1);
  const aspect = ratio(".color") + ratio(".depth"), room = innerHeight - document.querySelector("header").offsetHeight;
  let best = [0, 1];
  for (let columns = 1; columns <= count; columns++) {
    const width = (main.clientWidth - 8 - 8 * columns) / columns, rows = Math.ceil(count / columns);
    const height = Math.min((width - 2) / aspect, room / rows - 98);
    if (width >= Math.min(320, main.clientWidth - 16) && height > best[0]) best = [height, columns];
  }
  if (best[0] < 100) { // these do not fit: scroll
    const columns = Math.max(1, Math.floor(main.clientWidth / 360));
    best = [((main.clientWidth - 8 - 8 * columns) / columns - 2) / aspect, columns];
  }
  main.style.setProperty("--columns", best[1]);
  main.style.setProperty("--height", `${Math.floor(best[0])}px`);
}

function choose(name) {
  wish.alone = name;
  $("cameras").className = name === null ? "" : "alone";
  for (const camera of cameras.values()) camera.root.classList.toggle("chosen", camera.name === name);
  redraw();
}

function redraw() { // at another size on the screen
  for (const camera of cameras.values()) camera.has = null;
  arrange();
  pull();
}

function seek(pulse) {
  if (!head || !head.span || isLive()) return;
  wish.pulse = Math.max(head.span[0], Math.min(head.span[1], Math.round(pulse)));
  showTime(true);
  pull();
}

let played = 0;
function play() {
  if (isLive()) return;
  wish.playing = !wish.playing;
  if (wish.playing && (wish.pulse === null || wish.pulse >= head.span[1])) wish.pulse = head.span[0];
  played = now();
  pull();
}

function goOn() { // as much further as time has passed, whatever a pull takes
  const step = Math.floor((now() - played) * FPS / 1000);
  if (!wish.playing || step < 1) return;
  played += step * 1000 / FPS;
  wish.pulse = Math.min(wish.pulse + step, head.span[1]);
  wish.playing = wish.pulse < head.span[1];
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
}

function nextSize() {
  wish.size = SIZES[(SIZES.indexOf(wish.size) + 1) % SIZES.length];
  put($("size"), `${wish.size} pictures`);
  pull();
}

function allIr() {
  const on = $("ir").ariaPressed !== "true";
  $("ir").ariaPressed = String(on);
  for (const camera of cameras.values()) camera.ir = on;
  pull();
}

const fullScreen = () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
const otherTheme = () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
const help = () => $("help").open ? $("help").close() : $("help").showModal();
const here = () => wish.pulse ?? (head && head.span ? head.span[1] : 0);
const KEYS = {
  i: allIr, s: nextSize, t: otherTheme, f: fullScreen, "?": help, " ": play, Escape: () => choose(null),
  ArrowLeft: (event) => seek(here() - (event.shiftKey ? 10 : 1)),
  ArrowRight: (event) => seek(here() + (event.shiftKey ? 10 : 1)),
  Home: () => seek(-Infinity), End: () => seek(Infinity),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || ($("help").open && event.key !== "?")) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const camera = [...cameras.values()][Number(event.key) - 1];
  if (act && !(event.key === " " && event.target.tagName === "BUTTON")) act(event), event.preventDefault();
  else if (camera && event.key !== " ") choose(wish.alone === camera.name ? null : camera.name);
});
$("ir").onclick = allIr;
$("size").onclick = nextSize;
$("theme").onclick = otherTheme;
$("full").onclick = fullScreen;
$("ask").onclick = help;
$("play").onclick = play;
$("slider").oninput = (event) => seek(Number(event.target.value));
addEventListener("resize", redraw);
new ResizeObserver(arrange).observe(document.querySelector("header"));
document.addEventListener("visibilitychange", () => { if (!document.hidden) pull(); });
setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
setInterval(showWhole, 100);
pull();
