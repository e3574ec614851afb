import { t, has, exact, clock, energy, part } from "./format.js";
import { name, marketClock } from "./names.js";

const amounts = ["needed", "balance", "nextPrice", "limit"];

/** What went wrong, and what to do, in a sentence. */
export function explain(problem) {
    const key = `problem.${problem.code}`;
    const values = { ...problem.values, detail: problem.values?.detail ?? problem.message };
    for (const amount of amounts) if (values[amount]) values[amount] = exact(values[amount]);
    if (values.until) values.until = clock(values.until);
    else if (problem.retryAfter) values.until = clock(Date.now() + problem.retryAfter * 1000);
    if (values.since) values.since = clock(values.since);
    if (values.seller) values.seller = name(values.seller);
    if (values.mostWh) values.mostWh = energy(values.mostWh);
    if (typeof values.mostPermille === "number") values.most = part(values.mostPermille);
    if (values.deadline) values.deadline = marketClock(values.deadline);
    if (typeof values.triesLeft === "number") values.count = values.triesLeft;
    if (problem.code === "offer-taken" && !values.nextPrice) return t("problem.offer-taken.last", values);
    return has(key) || has(`${key}.other`) ? t(key, values) : t("problem.failed", values);
}
