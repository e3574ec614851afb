import { get, whenKept } from "./api.js";
import { state, setClocks } from "./state.js";
import { useTimeZone } from "./format.js";

/** Asks for all that Home needs. */
export async function loadHousehold() {
    const household = await get("/household");
    state.household = household;
    useTimeZone(household.timeZone);
    setClocks(household.time, household.market.time, household.market.rate);
    return household;
}

export async function loadNeighbours() {
    const { items } = await get("/household/neighbours");
    state.neighbours = new Map(items.map((item) => [item.address, item]));
    return items;
}

whenKept((time) => { state.keptAt = time; });
