/** The page's one object, and who wants to know when it has changed. */
export const state = {
    app: null, session: null, household: null, neighbours: new Map(),
    offlineSince: null, staleSince: null, keptAt: null, isSignedOut: false, error: null,
    // How many requests wait to become final, and which trades' picks and cancellations do.
    waiting: 0, sent: new Map(),
};

const listeners = [];
export const whenChanged = (listener) => listeners.push(listener);
let isPlanned = false;
/** Tells the listeners, once before the next paint however often it is called. */
export function changed() {
    if (isPlanned) return;
    isPlanned = true;
    // A hidden page paints nothing: it is told when it is shown again.
    requestAnimationFrame(() => {
        isPlanned = false;
        for (const listener of listeners) listener();
    });
}

export const isOwner = () => state.session?.role === "owner";
export const isViewer = () => state.session?.role === "viewer";

/** The node's two clocks, carried on between its answers. The browser's own may be wrong. */
const clocks = { wall: Date.now(), market: Date.now(), rate: 1, at: performance.now() };
export function setClocks(wall, market, rate = clocks.rate) {
    Object.assign(clocks, { wall: Date.parse(wall), market: Date.parse(market), rate, at: performance.now() });
}
const passed = () => performance.now() - clocks.at;
export const wallNow = () => clocks.wall + passed();
export const marketNow = () => clocks.market + passed() * clocks.rate;
/** Whether market time is another than the wall's. */
export const isMarketApart = () => clocks.rate !== 1 || Math.abs(clocks.market - clocks.wall) > 5000;
export const marketRate = () => clocks.rate;
