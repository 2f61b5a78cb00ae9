// Reading codes with the camera: the one module of every page that scans.
//
//   import { attachScanner } from "./scanner.js";
//   attachScanner(box, (text, format) => …);
//
// `box` is the section that {{ scanner.camera(foreign=…) }} draws (templates/macros/scanner.html); the view of its
// page is marked @scans_codes (timebank/web/scanning.py), or the browser refuses to run the reader. The section is
// hidden until it is known that this browser has a camera and something that can read codes: its own BarcodeDetector,
// else zxing-wasm, which the page serves itself. Where neither is there the page's photo form and its fields remain.
//
// The second argument is asked about every code that comes into the picture, with its text and format (`qr_code`,
// `code_128`, `ean_13` …), and answers, possibly as a promise:
//   true     taken: a short tone and a tremor, the camera goes off;
//   "more"   taken: the same, and the camera looks for the next one; the same code counts again only after it was out
//            of the picture for two seconds;
//   false    not a code for this page: said under the picture, and it goes on looking.
// The promise that attachScanner returns tells which reader is used: "native", "wasm", or "" for none.
// `box.dataset.reading` says the same; `box.dataset.state` is "off", "looking" or "refused". The box hears of every
// code taken as an event "code" too, whose detail is its text. `signal(isGood)` is the tone and the tremor alone.

const WIDEST = 1280;
const PAUSE_MS = 90;
const FORGOTTEN_MS = 2000;
const FORMATS = ["qr_code", "code_128"];
const GOODS = ["ean_13", "ean_8", "upc_a", "upc_e"];
const WASM_NAMES = { qr_code: "QRCode", code_128: "Code128", ean_13: "EAN13", ean_8: "EAN8", upc_a: "UPCA", upc_e: "UPCE" };

let sound = null;

// Browsers let a page sound only after somebody touched it: the button that opens the camera is that touch.
function wakeSound() {
  try {
    sound ??= new AudioContext();
    sound.resume();
  } catch {
    // A device without loudspeaker scans all the same.
  }
}

export function signal(isGood) {
  navigator.vibrate?.(isGood ? 60 : [40, 60, 120]);
  if (!sound) return;
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = isGood ? 1320 : 220;
  volume.gain.value = 0.15;
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + (isGood ? 0.08 : 0.3));
}

async function nativeReader(wanted) {
  if (!("BarcodeDetector" in window)) return null;
  const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!known.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: wanted.filter((format) => known.includes(format)) });
  return {
    name: "native",
    read: async (view) => (await detector.detect(view)).map((code) => ({ text: code.rawValue, format: code.format })),
  };
}

async function wasmReader(box, wanted) {
  if (!box.dataset.reader || typeof WebAssembly !== "object") return null;
  const zxing = await import(box.dataset.reader);
  // Told where its module lies, it asks nobody else for it.
  await zxing.prepareZXingModule({ overrides: { locateFile: () => box.dataset.readerModule }, fireImmediately: true });
  const options = { formats: wanted.map((format) => WASM_NAMES[format]), tryHarder: true, maxNumberOfSymbols: 4 };
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const names = Object.fromEntries(Object.entries(WASM_NAMES).map(([ours, theirs]) => [theirs, ours]));
  return {
    name: "wasm",
    read: async (view) => {
      const scale = Math.min(1, WIDEST / Math.max(view.videoWidth, view.videoHeight));
      canvas.width = Math.round(view.videoWidth * scale);
      canvas.height = Math.round(view.videoHeight * scale);
      if (!canvas.width) return [];
      brush.drawImage(view, 0, 0, canvas.width, canvas.height);
      const found = await zxing.readBarcodes(brush.getImageData(0, 0, canvas.width, canvas.height), options);
      return found.filter((code) => code.isValid).map((code) => ({ text: code.text, format: names[code.format] ?? code.format }));
    },
  };
}

class Camera {
  constructor(box, taken, makeReader) {
    Object.assign(this, { box, taken, makeReader, stream: null, run: 0, seen: new Map() });
    this.view = box.querySelector("video");
    this.said = box.querySelector("[data-camera-said]");
    this.frame = box.querySelector("[data-camera-frame]");
    [this.startButton, this.torchButton, this.stopButton] = ["start", "torch", "stop"].map((name) =>
      box.querySelector(`[data-camera-${name}]`));
    this.startButton.addEventListener("click", () => this.start());
    this.stopButton.addEventListener("click", () => { this.stop(); this.say("stopped"); this.startButton.focus(); });
    this.torchButton.addEventListener("click", () => this.light(this.torchButton.getAttribute("aria-pressed") !== "true"));
    window.addEventListener("pagehide", () => this.stop());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.stop(); });
    box.dataset.state = "off";
  }

  say(word) { this.said.textContent = this.said.dataset[word] ?? ""; }

  async start() {
    if (this.stream) return;
    wakeSound();
    const run = ++this.run;
    try {
      this.reader ??= await this.makeReader();
      const picture = { facingMode: { ideal: "environment" }, width: { ideal: WIDEST }, height: { ideal: 720 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video: picture, audio: false });
      // Closed again while the browser asked for leave.
      if (run !== this.run) return stream.getTracks().forEach((track) => track.stop());
      this.stream = stream;
      this.view.srcObject = stream;
      await this.view.play();
    } catch {
      this.stop();
      this.box.dataset.state = "refused";
      return this.say("refused");
    }
    this.show(true);
    this.say("looking");
    this.look(run);
  }

  stop() {
    this.run += 1;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.view.srcObject = null;
    this.seen.clear();
    this.show(false);
  }

  show(isOn) {
    this.box.dataset.state = isOn ? "looking" : "off";
    this.frame.hidden = this.stopButton.hidden = !isOn;
    this.startButton.hidden = isOn;
    const track = isOn ? this.stream.getVideoTracks()[0] : null;
    this.torchButton.hidden = !track?.getCapabilities?.().torch;
    this.torchButton.setAttribute("aria-pressed", "false");
  }

  async light(isOn) {
    const [track] = this.stream?.getVideoTracks() ?? [];
    await track?.applyConstraints({ advanced: [{ torch: isOn }] }).catch(() => {});
    this.torchButton.setAttribute("aria-pressed", String(isOn));
  }

  async look(run) {
    while (run === this.run) {
      const found = await this.reader.read(this.view).catch(() => []);
      for (const { text, format } of found) {
        if (run !== this.run) return;
        if (this.isNew(text)) await this.ask(text, format);
      }
      await new Promise((wake) => { setTimeout(wake, PAUSE_MS); });
    }
  }

  isNew(text) {
    const last = this.seen.get(text) ?? -Infinity;
    this.seen.set(text, performance.now());
    return performance.now() - last > FORGOTTEN_MS;
  }

  async ask(text, format) {
    const answer = await this.taken(text, format);
    if (answer) {
      signal(true);
      this.say("read");
      this.box.dispatchEvent(new CustomEvent("code", { detail: text, bubbles: true }));
      if (answer !== "more") this.stop();
    } else this.say("foreign");
  }
}

export async function attachScanner(box, taken) {
  box.dataset.reading = "";
  if (!navigator.mediaDevices?.getUserMedia) return "";
  const wanted = "goods" in box.dataset ? [...FORMATS, ...GOODS] : FORMATS;
  const own = await nativeReader(wanted);
  const hasWasm = box.dataset.reader && typeof WebAssembly === "object";
  if (!own && !hasWasm) return "";
  // The larger reader is fetched when somebody opens the camera, not before.
  new Camera(box, taken, async () => own ?? wasmReader(box, wanted));
  box.hidden = false;
  box.dataset.reading = own ? "native" : "wasm";
  return box.dataset.reading;
}
