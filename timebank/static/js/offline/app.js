// The list without network. Recording is in recorder.js, what lies on the device in shelf.js, keys in keys.js, the
// server in link.js; here is what is seen and tapped.
import { attachScanner, signal } from "../scanner.js";
import { listenToGun } from "../gun.js";
import { lockNames, unlockNames } from "./keys.js";
import * as link from "./link.js";
import { Recorder, listFrom } from "./recorder.js";
import * as shelf from "./shelf.js";

const app = document.getElementById("app");
const words = JSON.parse(app.dataset.words);
const base = app.dataset.base;
const one = (name, root = app) => root.querySelector(`[data-${name}]`);
const say = (name, facts = {}) => words[name].replace(/\{(\w+)\}/g, (_all, key) => facts[key]);
// The county's own time, wherever the device thinks it is.
const { lang } = document.documentElement;
const { timezone: timeZone } = app.dataset;
const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
const day = new Intl.DateTimeFormat(lang, { month: "numeric", day: "numeric", weekday: "short", timeZone });
const when = (list) => `${day.format(new Date(list.starts))} ${clock.format(new Date(list.starts))}–${clock.format(new Date(list.ends))}`;
const LOCK_AFTER_MS = 5 * 60 * 1000;

let recorder = null;
let wanted = null;
let names = null;
let isUploading = false;
let lockTimer = 0;
// Names seen since the page was opened; they are nowhere kept.
const known = new Map();

function element(tag, text, more = {}) {
  const made = Object.assign(document.createElement(tag), more);
  made.textContent = text;
  return made;
}

function show(view) {
  for (const section of app.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== view;
  if (view !== "list") {
    lock();
    recorder = null;
    if (one("camera").dataset.state === "looking") one("camera-stop").click();
  }
  window.scrollTo(0, 0);
}

function tell(text, tone = "go") {
  const said = one("said");
  said.textContent = text;
  said.dataset.tone = tone;
  said.hidden = !text;
}

async function showWaiting() {
  const waiting = (await shelf.allScans()).filter((scan) => !scan.answer).length;
  const badge = one("waiting");
  badge.textContent = waiting ? say("waiting", { count: waiting }) : say("noneWaiting");
  badge.dataset.count = waiting;
  if (navigator.setAppBadge) (waiting ? navigator.setAppBadge(waiting) : navigator.clearAppBadge()).catch(() => {});
}

function showNet() {
  one("net").textContent = navigator.onLine ? say("online") : say("offline");
  one("net").dataset.on = navigator.onLine;
}

// — the lists —

async function showHome() {
  show("home");
  const own = one("own");
  own.replaceChildren();
  const lists = await shelf.lists();
  for (const list of lists) {
    const open = element("button", `${list.title} · ${when(list)}`, { type: "button", className: "btn btn-quiet btn-block" });
    open.addEventListener("click", () => openList(list.word));
    const row = element("li", "");
    row.append(open);
    own.append(row);
  }
  if (!lists.length) own.append(element("li", say("noLists"), { className: "muted" }));
  await Promise.all([showWaiting(), showThere(lists)]);
}

async function showThere(own) {
  const there = one("there");
  there.replaceChildren();
  one("login-row").hidden = true;
  try {
    const found = await link.desk(base);
    one("who").textContent = say("loggedIn", { name: found.name });
    for (const list of found.lists) {
      const row = element("li", "");
      const button = element("button", `${list.title} · ${when(list)}`, { type: "button", className: "btn btn-quiet btn-block" });
      button.addEventListener("click", () => askToTake(list));
      row.append(button);
      there.append(row);
    }
    if (!found.lists.length) there.append(element("li", say("noListsToTake"), { className: "muted" }));
  } catch (problem) {
    const isOut = problem instanceof link.LoggedOut;
    one("login-row").hidden = !isOut;
    one("who").textContent = say(isOut ? "logIn" : "needsNetwork");
  }
}

function askToTake(list) {
  wanted = list;
  one("take-form").reset();
  one("take-pins").hidden = true;
  one("take-title").textContent = list.title;
  one("take-when").textContent = `${when(list)} · ${list.place}`;
  tell("");
  show("take");
}

const isSimple = (pin) => new Set(pin).size < 4 || "01234567890123456789".includes(pin) || "98765432109876543210".includes(pin);

async function takeList(event) {
  event.preventDefault();
  const withNames = one("take-names").checked;
  const pin = one("take-form").elements.pin.value;
  if (withNames) {
    if (!/^\d{8,}$/.test(pin)) return tell(say("pinShort"), "stop");
    if (isSimple(pin)) return tell(say("pinSimple"), "stop");
    if (pin !== one("take-form").elements.again.value) return tell(say("pinDiffers"), "stop");
  }
  try {
    const list = await listFrom(await link.take(base, wanted.shift_id, withNames), (rows) => lockNames(rows, pin));
    await shelf.keepList(list);
    one("take-form").reset();
    await showStorage(await shelf.askToKeep());
    tell(say("taken"));
    await openList(list.word);
  } catch (problem) {
    tell(problem instanceof link.Refused ? problem.message : say(problem instanceof link.LoggedOut ? "logIn" : "uploadFailed"), "stop");
  }
}

async function showStorage(isKept) {
  one("storage").textContent = say(isKept ? "kept" : "notKept");
  one("storage").dataset.kept = isKept;
}

// — one list —

async function openList(word) {
  const list = await shelf.list(word);
  if (!list) return showHome();
  show("list");
  recorder = new Recorder(list);
  one("title").textContent = list.title;
  one("when").textContent = `${when(list)} · ${list.place} · ${say("membersOnList", { count: list.members })}`;
  choose(recorder.dueKind());
  one("names").hidden = !list.lockedNames;
  one("result").hidden = true;
  one("remove-ask").hidden = true;
  if (recorder.isExpired()) tell(say("expired"), "ask");
  await Promise.all([showLog(), showWaiting()]);
}

function choose(kind) {
  recorder.kind = kind;
  for (const button of app.querySelectorAll("[data-kind]")) {
    const isOn = button.dataset.kind === kind;
    button.setAttribute("aria-pressed", String(isOn));
    button.classList.toggle("btn-go", isOn);
    button.classList.toggle("btn-quiet", !isOn);
  }
  if (names) showNames();
}

const SIGNS = { go: "✓", ask: "!", stop: "✕" };

function result(tone, name, said) {
  const box = one("result");
  box.hidden = false;
  box.dataset.tone = tone;
  one("result-icon").textContent = SIGNS[tone];
  one("result-name").textContent = name;
  one("result-said").textContent = said;
}

// What somebody scanned, typed or ticked. The tone comes after the disk has it.
async function record(what) {
  if (!recorder) return false;
  const kind = recorder.kind;
  try {
    const { status, scan, row } = await recorder.record(what);
    if (row) known.set(scan.tag, row.name);
    const name = row?.name ?? say({ unknown: "unknown", phone: "phoneCode", number: "numberTyped" }[status] ?? "unknown");
    const done = `${say(kind === "in" ? "arrived" : "left")} ${clock.format(new Date(scan.at))}`;
    if (status === "already") result("ask", name, say("already", { time: clock.format(new Date(scan.at)) }));
    else if (status === "unknown") result("ask", name, say("unknownSaid"));
    else if (status === "phone" || status === "number") result("go", name, say("phoneCodeSaid"));
    else if (status === "early" || status === "late") result("ask", name, say(status));
    else result("go", name, done);
    await Promise.all([showLog(), showWaiting()]);
    return true;
  } catch {
    result("stop", say("notKeptScan"), "");
    signal(false);
    return false;
  }
}

const MEMBER_CODE = /^(?:88\d{16}|89\d{23}|\d{8})$/;

function scanned(text) {
  const digits = text.normalize("NFKC").replace(/[\s-]/g, "");
  if (!recorder || !MEMBER_CODE.test(digits)) return false;
  return record({ digits });
}

async function showLog() {
  const log = one("log");
  const scans = await shelf.scansOf(recorder.list.word);
  log.replaceChildren();
  for (const scan of scans.reverse()) {
    const row = element("li", "");
    const name = known.get(scan.tag) || say("entry", { number: scan.counter });
    row.append(element("span", name, { className: "strong" }));
    row.append(element("span", `${say(scan.kind === "in" ? "arrived" : "left")} ${clock.format(new Date(scan.at))}`, { className: "num" }));
    row.append(element("span", scan.answer ? scan.answer.said : say("waits"), { className: `offline-state offline-${scan.answer?.tone ?? "waits"}` }));
    row.dataset.counter = scan.counter;
    row.dataset.outcome = scan.answer?.outcome ?? "";
    log.append(row);
  }
  one("upload").disabled = !scans.some((scan) => !scan.answer);
}

// — names —

async function openNames(event) {
  event.preventDefault();
  const form = one("unlock-form");
  const found = await unlockNames(recorder.list.lockedNames, form.elements.pin.value);
  form.reset();
  if (!found) return tell(say("pinWrong"), "stop");
  tell("");
  names = found;
  for (const row of found) known.set(row.token, row.name);
  form.hidden = true;
  one("names-open").hidden = false;
  showNames();
  return showLog();
}

function showNames() {
  const list = one("names-list");
  list.replaceChildren();
  for (const row of names) {
    const button = element("button", "", { type: "button", className: "btn btn-quiet btn-block" });
    button.append(element("span", row.name, { className: "strong" }), element("span", `…${row.number}`, { className: "muted num" }));
    button.setAttribute("aria-label", `${say(recorder.kind === "in" ? "tickIn" : "tickOut")} ${row.name} ${row.number}`);
    button.addEventListener("click", async () => { if (await record({ row })) signal(true); });
    const item = element("li", "");
    item.append(button);
    list.append(item);
  }
}

function lock() {
  names = null;
  known.clear();
  one("names-list").replaceChildren();
  one("names-open").hidden = true;
  one("unlock-form").hidden = false;
  one("unlock-form").reset();
  one("result").hidden = true;
}

// — uploading —

async function upload(isAsked) {
  if (isUploading) return;
  if (!navigator.onLine) {
    if (isAsked) tell(say("uploadFailed"), "ask");
    return;
  }
  isUploading = true;
  app.dataset.uploading = "yes";
  try {
    for (const list of await shelf.lists()) {
      const scans = (await shelf.scansOf(list.word)).filter((scan) => !scan.answer);
      if (!scans.length) continue;
      if (isAsked) tell(say("uploading"), "ask");
      const byNonce = new Map(scans.map((scan) => [scan.nonce, scan]));
      await link.upload(base, list.word, scans, async (answers) => {
        for (const { nonce, name, ...answer } of answers) {
          // The name is shown while the page is open, and is not kept.
          if (name) known.set(byNonce.get(nonce).tag, name);
          await shelf.keepScan({ ...byNonce.get(nonce), answer });
        }
      });
    }
    if (isAsked) tell(say("uploaded"));
  } catch (problem) {
    const said = problem instanceof link.Refused ? problem.message : say(problem instanceof link.LoggedOut ? "uploadLogIn" : "uploadFailed");
    if (isAsked) tell(said, "ask");
    one("login-row").hidden = !(problem instanceof link.LoggedOut);
  } finally {
    isUploading = false;
    app.dataset.uploading = "no";
    await showWaiting();
    if (recorder) await showLog();
  }
}

async function remove() {
  const waits = (await shelf.scansOf(recorder.list.word)).some((scan) => !scan.answer);
  one("remove-ask").hidden = false;
  one("remove-words").textContent = say(waits ? "removeWaits" : "removeAsk");
  one("remove-yes").hidden = waits;
}

// — beginning —

function listen() {
  one("take-form").addEventListener("submit", takeList);
  one("take-names").addEventListener("change", (event) => { one("take-pins").hidden = !event.target.checked; });
  one("unlock-form").addEventListener("submit", openNames);
  one("lock").addEventListener("click", () => { lock(); showLog(); });
  one("upload").addEventListener("click", () => upload(true));
  one("remove").addEventListener("click", remove);
  one("remove-yes").addEventListener("click", async () => { await shelf.dropList(recorder.list.word); showHome(); });
  one("home").addEventListener("click", (event) => { event.preventDefault(); showHome(); });
  one("typed-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = event.target.elements.typed;
    if (await scanned(field.value)) { signal(true); field.value = ""; } else tell(say("notACode"), "stop");
  });
  for (const button of app.querySelectorAll("[data-kind]")) button.addEventListener("click", () => choose(button.dataset.kind));
  for (const button of app.querySelectorAll("[data-back]")) button.addEventListener("click", showHome);
  window.addEventListener("online", () => { showNet(); upload(false); });
  window.addEventListener("offline", showNet);
  // Names do not stay open on a device that was put away.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(lockTimer);
    if (document.hidden) lockTimer = setTimeout(lock, LOCK_AFTER_MS);
  });
  listenToGun(async (digits) => { signal(Boolean(await scanned(digits))); });
  attachScanner(one("camera"), async (text) => ((await scanned(text)) ? "more" : false));
}

async function begin() {
  if (!window.isSecureContext || !window.indexedDB || !crypto.subtle) return tell(say("unsupported"), "stop");
  listen();
  showNet();
  if (navigator.serviceWorker) await navigator.serviceWorker.register(app.dataset.worker, { scope: base }).catch(() => {});
  for (const list of await shelf.lists()) {
    const kept = new Recorder(list);
    if (kept.isExpired() && list.entries.length) await shelf.keepList({ ...list, entries: [], lockedNames: null });
  }
  await showStorage((await navigator.storage?.persisted?.()) ?? false);
  await showHome();
  await upload(false);
  app.dataset.ready = "yes";
}

begin();
