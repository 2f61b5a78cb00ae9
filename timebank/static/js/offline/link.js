// What the app asks of the house. Without network every call ends in LinkDown; without a log-in in LoggedOut.
export class LinkDown extends Error {}
export class LoggedOut extends Error {}
export class Refused extends Error {}

const BATCH = 50;
// Milliseconds; longer than the screen waits, because a batch of scans travels over a weak link.
const PATIENCE = 20000;
let csrf = "";

async function ask(address, body) {
  const options = { headers: { Accept: "application/json" }, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
  if (body !== undefined) {
    Object.assign(options, { method: "POST", body: JSON.stringify(body) });
    Object.assign(options.headers, { "Content-Type": "application/json", "X-CSRFToken": csrf });
  }
  const answer = await fetch(address, options).catch(() => { throw new LinkDown(); });
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new LoggedOut();
  if (answer.status >= 500) throw new LinkDown();
  const content = await answer.json().catch((error) => {
    if (error.name === "TimeoutError") throw new LinkDown();
    return {};
  });
  if (!answer.ok) throw new Refused([content.title, content.next_step].filter(Boolean).join(" "));
  return content;
}

// Who is logged in, and which lists may be taken.
export async function desk(base) {
  const found = await ask(`${base}desk`);
  csrf = found.csrf;
  return found;
}

export async function take(base, shiftId, withNames) {
  await desk(base);
  return ask(`${base}shifts/${shiftId}/list`, { names: withNames });
}

// Scans in their order, a batch at a time; `taken` hears of each batch's answers, so that a broken upload goes on
// where it stopped.
export async function upload(base, word, scans, taken) {
  await desk(base);
  for (let first = 0; first < scans.length; first += BATCH) {
    const batch = scans.slice(first, first + BATCH);
    const said = batch.map(({ counter, nonce, at, kind, how, entry, previous, seal }) =>
      ({ counter, nonce, at, kind, how, entry, previous, seal }));
    const answer = await ask(`${base}lists/${word}/scans`, { sent_at: new Date().toISOString(), scans: said });
    await taken(answer.results);
  }
}
