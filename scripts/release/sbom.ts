/** `npm run sbom`: writes the bill of materials of the bundle, `dist/workteam-operator.cdx.json`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { bundle } from '../bundle/bundle.ts';
import { bundledPackages } from '../bundle/packages.ts';
import { billOfMaterials, type Program } from './bom.ts';
import type { Lockfile } from './lockfile.ts';

const FILE = 'dist/workteam-operator.cdx.json';

const program: Program = JSON.parse(await readFile('package.json', 'utf8'));
const { packages: locked }: Lockfile = JSON.parse(await readFile('package-lock.json', 'utf8'));
// https://reproducible-builds.org/specs/source-date-epoch/: seconds.
const epoch = process.env.SOURCE_DATE_EPOCH;
const date = epoch === undefined ? undefined : new Date(Number(epoch) * 1_000);
const packages = await bundledPackages(await bundle({ write: false }));
await mkdir('dist', { recursive: true });
await writeFile(FILE, billOfMaterials(program, packages, { integrity: (folder) => locked[folder]?.integrity, date }));
console.log(`${FILE}: ${packages.length} packages`);
