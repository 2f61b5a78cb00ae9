// Scanning with the camera where the browser can read codes itself. Elsewhere the photo form does the work.
const box = document.querySelector("[data-camera]");

async function begin() {
  const view = box.querySelector("video");
  const said = box.querySelector("[role=status]");
  const detector = new BarcodeDetector({ formats: ["qr_code", "code_128"] });
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    said.textContent = said.dataset.refused;
    return;
  }
  box.querySelector("[data-camera-start]").hidden = true;
  view.srcObject = stream;
  await view.play();
  said.textContent = said.dataset.looking;
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  window.addEventListener("pagehide", stop);
  const look = async () => {
    const found = await detector.detect(view).catch(() => []);
    for (const { rawValue } of found) {
      if (taken(rawValue)) return stop();
      said.textContent = said.dataset.foreign;
    }
    setTimeout(look, 150);
  };
  look();
}

// A volunteer's page follows only the address of a code of this house; an organiser's page fills its field.
function taken(text) {
  const code = /\/s\/([a-z2-7]{32})\/?$/i.exec(text);
  if (box.dataset.follow && code) {
    window.location.assign(box.dataset.follow.replace("TOKEN", code[1]));
    return true;
  }
  const field = box.dataset.fill && document.getElementById(box.dataset.fill);
  if (field && /^\d{8,30}$/.test(text)) {
    field.value = text;
    field.form.requestSubmit();
    return true;
  }
  return false;
}

if (box && "BarcodeDetector" in window && navigator.mediaDevices) {
  BarcodeDetector.getSupportedFormats().then((formats) => {
    if (!formats.includes("qr_code")) return;
    box.hidden = false;
    box.querySelector("[data-camera-start]").addEventListener("click", begin);
  });
}
