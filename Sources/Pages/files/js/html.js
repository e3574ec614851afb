/** Markup as a value: what was escaped once is not escaped again. */
class Markup {
    constructor(text) { this.text = text }
    toString() { return this.text }
}

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function written(value) {
    if (value === null || value === undefined || value === false) return "";
    if (value instanceof Markup) return value.text;
    if (Array.isArray(value)) return value.map(written).join("");
    return String(value).replace(/[&<>"']/g, (character) => escapes[character]);
}

/** `html` and `svg` escape whatever is put into them, unless it is markup itself. */
export function html(strings, ...values) {
    return new Markup(strings.reduce((text, part, index) => text + written(values[index - 1]) + part));
}
export const svg = html;

/* The page's one policy: only what `html` has escaped becomes elements, and one script a worker. */
const worker = "/sw.js";
const policy = globalThis.trustedTypes?.createPolicy("busbar", { createHTML: (text) => text, createScriptURL: () => worker });

/** Where the service worker lies, as browsers want to be told. */
export const workerAddress = policy ? policy.createScriptURL(worker) : worker;

/** Makes `element` contain `markup`, and touches only what has changed: focus, what was typed, and
 *  the place scrolled to stay. */
export function show(element, markup) {
    if (!(markup instanceof Markup)) throw new TypeError("show takes what html`` has made");
    const template = document.createElement("template");
    template.innerHTML = policy ? policy.createHTML(markup.text) : markup.text;
    patchChildren(element, template.content);
}

function patchChildren(old, fresh) {
    const wanted = [...fresh.childNodes];
    wanted.forEach((node, index) => {
        const present = old.childNodes[index];
        if (!present) old.append(node);
        else if (isSame(present, node)) patch(present, node);
        else present.replaceWith(node);
    });
    while (old.childNodes.length > wanted.length) old.lastChild.remove();
}

const isSame = (one, other) => one.nodeName === other.nodeName && one.id === other.id
    && one.getAttribute?.("data-key") === other.getAttribute?.("data-key");

function patch(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
        if (old.data !== fresh.data) old.data = fresh.data;
        return;
    }
    for (const { name } of [...old.attributes]) {
        // Whether details are open is the reader's affair, and a heading keeps the focus it was given.
        if (!fresh.hasAttribute(name) && name !== "open" && name !== "tabindex") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
        if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    patchChildren(old, fresh);
}
