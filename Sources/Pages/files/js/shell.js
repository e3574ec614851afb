import { html, show } from "./html.js";
import { t } from "./format.js";
import { led } from "./led.js";

const icons = {
    home: "M3 11 12 4l9 7M5.5 9.5V20h13V9.5",
    market: "M4 8.5h14M14.5 5 18 8.5 14.5 12M20 15.5H6M9.5 12 6 15.5 9.5 19",
    history: "M4 20V10M9.3 20V4M14.7 20v-7M20 20V8",
    street: "M2.5 19v-7L6 9l3.5 3v7zM14.5 19v-7L18 9l3.5 3v7zM9.5 19v-4.5h5V19",
    more: "M4 7h16M4 12h16M4 17h16",
    overview: "M4 14a8 8 0 0 1 16 0M12 14l4-4M4 18h16",
    members: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 19a5.5 5.5 0 0 1 11 0M16 11.5a2.5 2.5 0 1 0-1-4.8M16 14a5 5 0 0 1 5.5 5",
    orders: "M6 3.5h12v17l-3-2-3 2-3-2-3 2zM9.5 9h5M9.5 13h5",
    deliveries: "M13 3 5.5 13.5H11L10 21l8-10.5h-5.5z",
    money: "M4 7.5h16v10H4zM12 15a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
    signIn: "M10 4h9v16h-9M4 12h10M10.5 8.5 14 12l-3.5 3.5",
};

/** The house's name, the matrix, and the places. */
export function shell({ title, subtitle, board, places, current }) {
    show(document.querySelector(".top"), html`
        <p>${title}<small>${subtitle}</small></p>
        ${board && html`<button type="button" class="board" data-do="explainBoard">${led(board)}</button>`}`);
    const nav = document.querySelector(".nav");
    nav.setAttribute("aria-label", t("nav.label"));
    show(nav, html`<ul>${places.map(({ place, path }) => html`<li>
        <a href="${path}" ${place === current && html`aria-current="page"`}><svg viewBox="0 0 24 24" aria-hidden="true"><path d="${icons[place]}"/></svg>${t(`nav.${place}`)}</a></li>`)}</ul>`);
    document.querySelector(".skip").textContent = t("nav.skip");
}
