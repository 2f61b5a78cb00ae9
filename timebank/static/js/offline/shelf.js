// What lies on the device: lists and scans, in IndexedDB. A write is done when the browser has put it on the disk.
//
// A list: word, title, place, times, entries (tag → locked blob), locked names, keys; never a name or a card's digits.
// A scan: as it will be uploaded, and `answer` once the server has taken it in.
const NAME = "offline-list";

function opened() {
  return new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("lists", { keyPath: "word" });
      request.result.createObjectStore("scans", { keyPath: ["word", "counter"] });
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

let database = null;

async function act(store, mode, what) {
  database ??= opened();
  const transaction = (await database).transaction(store, mode, { durability: "strict" });
  return new Promise((done, fail) => {
    let result;
    const request = what(transaction.objectStore(store));
    if (request) request.onsuccess = () => { result = request.result; };
    transaction.oncomplete = () => done(result);
    transaction.onabort = transaction.onerror = () => fail(transaction.error);
  });
}

const ofList = (word) => IDBKeyRange.bound([word, 0], [word, Infinity]);

export const lists = () => act("lists", "readonly", (store) => store.getAll());
export const list = (word) => act("lists", "readonly", (store) => store.get(word));
export const keepList = (one) => act("lists", "readwrite", (store) => store.put(one));
export const scansOf = (word) => act("scans", "readonly", (store) => store.getAll(ofList(word)));
export const allScans = () => act("scans", "readonly", (store) => store.getAll());
// `add` and not `put`: a number that is taken already is an error, never written over.
export const addScan = (scan) => act("scans", "readwrite", (store) => store.add(scan));
export const keepScan = (scan) => act("scans", "readwrite", (store) => store.put(scan));

export async function dropList(word) {
  await act("scans", "readwrite", (store) => store.delete(ofList(word)));
  await act("lists", "readwrite", (store) => store.delete(word));
}

// Whether the browser promised not to clear the storage by itself.
export async function askToKeep() {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || navigator.storage.persist();
}
