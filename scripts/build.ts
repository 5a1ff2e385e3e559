/** Bundles the program into one file that runs with `node` from an empty folder; beside it, the licences of what is in it. */
import { writeFile } from 'node:fs/promises';
import { BUNDLE, bundle } from './bundle/bundle.ts';
import { LICENCES, licencesText } from './bundle/licences.ts';
import { bundledPackages } from './bundle/packages.ts';

const metafile = await bundle({ write: true });
const packages = await bundledPackages(metafile);
await writeFile(LICENCES, licencesText(packages));

const bytes = metafile.outputs[BUNDLE]?.bytes ?? 0;
console.log(`${BUNDLE} ${(bytes / 1024).toFixed(0)} KiB, with code of ${packages.length} packages`);
