// Keeps the shell of the app on the device: its page, styles, scripts, icons, the code reader. Nothing else is ever
// put into the cache: every other request, above all every page about somebody, goes to the network as if this file
// were not there.
const CACHE = "offline-list-{{ version }}";
const PAGE = {{ page|tojson }};
const FILES = new Set({{ files|tojson }});
const PATIENCE_MS = 3000;

self.addEventListener("install", (event) => {
  const all = [PAGE, ...FILES].map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(all)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(forget).then(() => self.clients.claim()));
});

// The page is asked for anew where the network answers in time, so that language and letters follow the person.
async function page(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(PAGE);
  const fresh = fetch(request).then(async (answer) => {
    if (answer.ok && !answer.redirected) await cache.put(PAGE, answer.clone());
    return answer.ok ? answer : kept ?? answer;
  });
  if (!kept) return fresh;
  const late = new Promise((wake) => { setTimeout(() => wake(kept), PATIENCE_MS); });
  return Promise.race([fresh.catch(() => kept), late]);
}

async function file(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname === PAGE) event.respondWith(page(event.request));
  else if (FILES.has(address.pathname)) event.respondWith(file(address.pathname, event.request));
});
