import { go } from "./page.js";

/** Where the keys lead that follow a g; off unless somebody wants them. */
const places = { h: "/", m: "/market", v: "/history", s: "/street", r: "/more" };
const key = "busbar-shortcuts";
let last = 0;

export const usesShortcuts = () => localStorage.getItem(key) === "1";
export const useShortcuts = (isWanted) => (isWanted ? localStorage.setItem(key, "1") : localStorage.removeItem(key));

document.addEventListener("keydown", (event) => {
    if (!usesShortcuts() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
    if (event.key === "g") {
        last = event.timeStamp;
    } else if (event.timeStamp - last < 1500 && places[event.key]) {
        last = 0;
        event.preventDefault();
        go(places[event.key]);
    }
});
