import { state, changed } from "./state.js";

/** What the node answers. */
const base = "/api/v1";

/** Why something did not work: `code` names it for the messages, `values` say more. */
export class Problem extends Error {
    constructor(status, body, retryAfter) {
        super(body.detail ?? body.title ?? String(status));
        this.status = status;
        this.code = body.code ?? (status === 401 ? "signed-out" : status === 404 ? "not-found" : "failed");
        this.values = body;
        this.retryAfter = retryAfter;
    }
}

async function ask(path, options) {
    let answer;
    try {
        answer = await fetch(base + path, { credentials: "same-origin", cache: "no-store", ...options });
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem(0, { code: "offline", detail: String(error.message) });
    }
    if (answer.status === 204) return { body: null, answer };
    const isJSON = /\bjson\b/.test(answer.headers.get("content-type") ?? "");
    const body = isJSON ? await answer.json() : {};
    if (!answer.ok) throw new Problem(answer.status, body, Number(answer.headers.get("retry-after")) || null);
    return { body, answer };
}

/** The answer to a question; null if there is nothing. */
export async function get(path) {
    const { body, answer } = await ask(path, {});
    const keptAt = answer.headers.get("x-busbar-kept");
    if (keptAt) for (const listener of keptListeners) listener(keptAt);
    return body;
}
const keptListeners = [];
/** `listener` is told when an answer was an old one, which the service worker had kept. */
export const whenKept = (listener) => keptListeners.push(listener);

/** An answer and the tag that a change of it has to name. */
export async function getTagged(path) {
    const { body, answer } = await ask(path, {});
    return { body, tag: answer.headers.get("etag") };
}

/** Asks for a change. Each carries what no other site's form can send. The node answers what becomes a
 *  transaction once that is final, or after ten seconds. */
export async function send(method, path, body, headers = {}) {
    const isOnLedger = /^\/household\/(offers|picks|purchases)/.test(path);
    state.waiting += isOnLedger;
    changed();
    try {
        return await change(method, path, body, headers);
    } finally {
        state.waiting -= isOnLedger;
        changed();
    }
}

async function change(method, path, body, headers) {
    const sent = { "content-type": "application/json", "x-busbar": "1", "idempotency-key": crypto.randomUUID?.() ?? String(Math.random()), ...headers };
    return (await ask(path, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) })).body;
}
