/**
 * Of a target that is missed: what was tried, and what is in the way. By the id of the target in targets.ts; the page shows it
 * for as long as the target is missed.
 */
export const IN_THE_WAY: Readonly<Record<string, string>> = {};
