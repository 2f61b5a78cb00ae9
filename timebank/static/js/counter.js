// The counter, made fast. Every step of it works as a plain form without this file.
//
// A scanner gun types: keys less than 60 ms apart that end with Enter or Tab. It is read by
// event.code, the key's place on the keyboard, because under a Chinese input method event.key
// says only "Process". Scans wait in a numbered queue until the server has answered, so that a
// slow answer loses none and a repeated one counts none twice.

const GUN_GAP_MS = 60;
const SHORTEST_SCAN = 8;
const RETRY_MS = 1500;
const ASK_AGAIN_MS = 2000;
// A hand that is at the counter keeps it awake; it says so this long before the lock.
const STAY_SECONDS = 30;
const LOCKED = 423;

const counter = document.querySelector("[data-counter]");
const doneScreen = document.querySelector("[data-counter-done]");

// The key's own sign, whatever the input method makes of it.
const signOf = (code) => {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code);
  if (digit) return digit[1];
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter) return letter[1];
  return code === "Minus" || code === "NumpadSubtract" ? "-" : null;
};

const listenToGun = (onScan) => {
  let signs = "";
  let lastAt = -Infinity;
  let field = null;
  let before = "";
  const startOver = () => { signs = ""; field = null; };
  window.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const isFast = event.timeStamp - lastAt < GUN_GAP_MS;
    const ends = ["Enter", "NumpadEnter", "Tab"].includes(event.code);
    if (ends && isFast && signs.length >= SHORTEST_SCAN) {
      event.preventDefault();
      event.stopImmediatePropagation();
      putBack(field, before);
      const read = signs;
      startOver();
      onScan(read);
      return;
    }
    const sign = signOf(event.code);
    if (sign === null) {
      // Shift comes before a capital letter and is no sign of its own.
      if (!event.code.startsWith("Shift")) startOver();
      return;
    }
    if (!isFast) {
      signs = "";
      field = document.activeElement;
      before = field && "value" in field ? field.value : "";
    }
    signs += sign;
    lastAt = event.timeStamp;
  }, { capture: true });
};

// What the gun typed into a field on its way is taken out of it again, an unfinished composition too.
const putBack = (field, before) => {
  if (!field || !("value" in field) || field.tagName === "BUTTON") return;
  field.blur();
  field.value = before;
  field.focus();
  setTimeout(() => { field.value = before; }, 0);
};

let audio = null;
const beep = (isGood) => {
  try {
    audio ??= new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = isGood ? 1320 : 220;
    volume.gain.value = 0.15;
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + (isGood ? 0.07 : 0.35));
  } catch {
    // A counter without loudspeaker is no fault.
  }
};

const startCounter = () => {
  const live = document.getElementById("counter-live");
  const said = document.querySelector("[data-counter-said]");
  const link = document.querySelector("[data-counter-link]");
  const root = () => live.querySelector("[data-live-root]");
  const token = () => document.querySelector('input[name="csrf_token"]').value;
  const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join("");
  let lastNumber = 0;
  const queue = [];
  let isSending = false;
  let isBusy = Promise.resolve();

  const lock = document.querySelector("[data-lock]");
  const lockSaid = lock.querySelector("[data-lock-said]");
  let locksAt = 0;
  let handAt = 0;
  let answeredAt = 0;
  let isLocked = false;
  let lateMember = "";

  const staysFor = (seconds) => {
    answeredAt = performance.now();
    locksAt = answeredAt + seconds * 1000;
  };
  const sayKept = () => {
    const kept = queue.length + (lateMember ? 1 : 0);
    if (kept) lockSaid.textContent = counter.dataset.kept.replace("{count}", String(kept));
  };
  const lockPage = () => {
    if (!isLocked) {
      isLocked = true;
      lock.hidden = false;
      counter.classList.add("is-locked");
      document.getElementById("lock-secret").focus();
    }
    sayKept();
  };
  const unlockPage = () => {
    isLocked = false;
    lock.hidden = true;
    lockSaid.textContent = "";
    counter.classList.remove("is-locked");
    document.getElementById("scan").focus();
  };
  for (const kind of ["keydown", "pointerdown"]) {
    window.addEventListener(kind, () => { handAt = performance.now(); }, { capture: true });
  }
  setInterval(() => {
    if (isLocked) return;
    const left = locksAt - performance.now();
    if (left <= 0) { lockPage(); return; }
    if (left > STAY_SECONDS * 1000 || handAt <= answeredAt) return;
    answeredAt = performance.now();
    const body = new URLSearchParams({ csrf_token: token() });
    inTurn(async () => {
      const answer = await fetch(counter.dataset.stayUrl, { method: "POST", body, headers: { "X-Counter": "1" } });
      if (answer.status === LOCKED) lockPage();
      else if (answer.ok) staysFor(Number(answer.headers.get("X-Idle-Left")));
    }).catch(() => {});
  }, 1000);

  const sayLink = (words) => {
    link.textContent = words;
    link.hidden = !words;
  };

  const show = (html) => {
    const inLive = live.contains(document.activeElement) ? document.activeElement : null;
    const focusedName = inLive?.getAttribute("aria-label") || inLive?.id;
    live.innerHTML = html;
    const now = root();
    if (!now) { window.location.assign(counter.dataset.pageUrl); return; }
    staysFor(Number(now.dataset.idleLeft));
    said.textContent = now.dataset.heard;
    said.dataset.tone = now.dataset.tone;
    if (now.dataset.tone) beep(now.dataset.tone === "go");
    // Whoever works by keyboard stays where she was; a line that is gone leads back to the scan field.
    const again = focusedName && [...live.querySelectorAll("button, input")].find(
      (one) => one.getAttribute("aria-label") === focusedName || one.id === focusedName);
    if (inLive) (again || document.getElementById("scan")).focus();
  };

  const send = async (url, body) => {
    const answer = await fetch(url, { method: "POST", body, headers: { "X-Counter": "1" }, redirect: "follow" });
    if (answer.status === LOCKED) { lockPage(); throw new Error("locked"); }
    if (answer.status === 204) { window.location.assign(answer.headers.get("X-Go")); return; }
    const html = await answer.text();
    if (!answer.ok || !html.includes("data-live-root")) {
      // A new log-in, a missing right or a fault: the plain page says what it is.
      if (answer.status >= 500) throw new Error(String(answer.status));
      window.location.assign(counter.dataset.pageUrl);
      return;
    }
    show(html);
  };

  // One request at a time, in the order of the hands.
  const inTurn = (act) => {
    isBusy = isBusy.then(act, act);
    return isBusy;
  };

  const sendScans = async () => {
    if (isLocked) sayKept();
    if (isSending || isLocked) return;
    isSending = true;
    while (queue.length && !isLocked) {
      const batch = queue.slice(0, 100);
      const body = new URLSearchParams({ csrf_token: token(), key: root().dataset.key, page, first: String(batch[0].number) });
      for (const scan of batch) body.append("written", scan.written);
      try {
        await inTurn(() => send(counter.dataset.scansUrl, body));
        queue.splice(0, batch.length);
        sayLink("");
      } catch {
        if (isLocked) { sayKept(); break; }
        sayLink(counter.dataset.waiting.replace("{count}", String(queue.length)));
        await new Promise((wake) => { setTimeout(wake, RETRY_MS); });
      }
    }
    isSending = false;
  };

  const isPickupCode = (written) => /^87[0-9]{13}$/.test(written);
  const isVoucher = (written) => /^[2-9A-HJKMNP-Z]{4}(?:-[2-9A-HJKMNP-Z]{4}){2}$/.test(written);
  const isMemberCode = (written) => /^(88[0-9]{16}|89[0-9]{23})$/.test(written);

  const heard = (written) => {
    if (!isLocked && (isPickupCode(written) || isVoucher(written))) {
      // A reservation has a page of its own.
      const form = document.querySelector("[data-scan]");
      form.elements.written.value = written;
      form.submit();
      return;
    }
    if (isLocked && isMemberCode(written)) {
      lateMember = written;
      sayKept();
      return;
    }
    if (isLocked && (isPickupCode(written) || isVoucher(written))) {
      beep(false);
      lockSaid.textContent = counter.dataset.repeat;
      return;
    }
    if (isMemberCode(written)) {
      const body = new URLSearchParams({ csrf_token: token(), key: root().dataset.key, written });
      inTurn(() => send(document.querySelector("[data-scan]").action, body)).catch(() => {
        if (isLocked) { lateMember = written; sayKept(); }
        beep(false);
      });
      return;
    }
    lastNumber += 1;
    queue.push({ number: lastNumber, written });
    sendScans();
  };

  staysFor(Number(root().dataset.idleLeft));
  listenToGun(heard);
  // The camera (counter_camera.js) reads what a gun reads.
  document.addEventListener("code", (event) => heard(event.detail));

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const isComplete = form.hasAttribute("data-complete");
    if (!isComplete && !form.hasAttribute("data-live")) return;
    const body = new URLSearchParams(new FormData(form, event.submitter));
    // Words to look for need the list, and a reservation its own page: both are whole pages.
    if (isPickupCode(String(body.get("written") || "").replace(/\s/g, ""))) return;
    if (form.hasAttribute("data-scan") && !/^[\d\s-]{8,}$/.test(body.get("written").normalize("NFKC"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isComplete && form.dataset.waits) return;
    if (isComplete) form.dataset.waits = "1";
    if (form.hasAttribute("data-scan")) form.reset();
    inTurn(() => send(form.action, body)).catch(() => {
      delete form.dataset.waits;
      beep(false);
      if (isLocked) { lockSaid.textContent = counter.dataset.repeat; return; }
      sayLink(isComplete ? counter.dataset.unsure : counter.dataset.waiting.replace("{count}", "1"));
      if (!isComplete && form.hasAttribute("data-scan")) form.elements.written.value = body.get("written");
    });
  }, { capture: true });

  lock.querySelector("[data-unlock]").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const body = new URLSearchParams(new FormData(form));
    body.set("key", root().dataset.key);
    form.reset();
    inTurn(async () => {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Counter": "1" } });
      const html = await answer.text();
      if (html.includes("data-live-root")) {
        unlockPage();
        show(html);
        const code = lateMember;
        lateMember = "";
        sendScans();
        if (code) heard(code);
        return;
      }
      const page = new DOMParser().parseFromString(html, "text/html");
      const reason = page.querySelector('[role="alert"]');
      if (!reason) { window.location.assign(counter.dataset.pageUrl); return; }
      lockSaid.textContent = reason.textContent.replace(/\s+/g, " ").trim();
      document.getElementById("lock-secret").focus();
    }).catch(() => beep(false));
  });

  // While the member reads the question on her phone, the counter looks for her answer.
  setInterval(() => {
    if (isLocked || !root()?.hasAttribute("data-waits-for-member") || document.hidden) return;
    const address = `${counter.dataset.pageUrl}?basket=${encodeURIComponent(root().dataset.key)}`;
    inTurn(async () => {
      const answer = await fetch(address, { headers: { "X-Counter": "1" } });
      const html = await answer.text();
      if (answer.ok && html.includes("data-live-root") && !html.includes("data-waits-for-member")) show(html);
    }).catch(() => {});
  }, ASK_AGAIN_MS);

  document.addEventListener("keydown", (event) => {
    const target = { F2: "#scan", F4: "#member", F9: "[data-pay]" }[event.code];
    const found = target && !isLocked && document.querySelector(target);
    if (!found) return;
    event.preventDefault();
    if (event.code === "F9") { if (!found.disabled) found.form.requestSubmit(found); } else { found.focus(); found.select?.(); }
  });
};

if (counter) startCounter();

// On the screen of success the next scan begins the next basket.
if (doneScreen) {
  const form = doneScreen.querySelector("[data-next-scan]");
  listenToGun((written) => {
    form.elements.written.value = written;
    form.requestSubmit();
  });
  doneScreen.querySelector(".btn-next")?.focus();
}

// On the page of a locked counter a gun types no wrong PIN: what it reads waits for the right one.
const locked = document.querySelector("[data-locked]");
if (locked) {
  listenToGun((written) => {
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = "written";
    kept.value = written;
    locked.append(kept);
    const count = locked.querySelectorAll('input[name="written"]').length;
    locked.querySelector("[data-lock-said]").textContent = locked.dataset.kept.replace("{count}", String(count));
  });
}
