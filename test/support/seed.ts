/**
 * A setup file of vitest: random input is the same in every run, so that what passes today fails tomorrow for a reason. `SEED`
 * in the environment, a whole number, tries other input; fast-check names the seed of what fails.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.SEED ?? 20_300_101) });
