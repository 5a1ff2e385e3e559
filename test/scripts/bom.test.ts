/** The bill of materials, against the schema of its makers. */
import { readFile } from 'node:fs/promises';
import { Validation } from '@cyclonedx/cyclonedx-library';
import { beforeAll, expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle/bundle.ts';
import { type BundledPackage, bundledPackages } from '../../scripts/bundle/packages.ts';
import { billOfMaterials, type Program, SPECIFICATION } from '../../scripts/release/bom.ts';
import type { Lockfile } from '../../scripts/release/lockfile.ts';

let program: Program;
let lockfile: Lockfile;
let packages: BundledPackage[] = [];

beforeAll(async () => {
  program = JSON.parse(await readFile('package.json', 'utf8'));
  lockfile = JSON.parse(await readFile('package-lock.json', 'utf8'));
  packages = await bundledPackages(await bundle({ write: false }));
});

function written(date?: Date): string {
  return billOfMaterials(program, packages, { integrity: (folder) => lockfile.packages[folder]?.integrity, date });
}

/** What the schema says against it; `null` when nothing. The validator needs ajv and its formats beside it. */
function validate(json: string): Promise<unknown> {
  return new Validation.JsonStrictValidator(SPECIFICATION.version).validate(json);
}

test('it is CycloneDX', async () => {
  expect(await validate(written())).toBeNull();
  expect(await validate(written(new Date(0)))).toBeNull();
});

test('what is not is found out', async () => {
  const bom = JSON.parse(written());
  expect(await validate(JSON.stringify({ ...bom, components: [{ name: 'without a type' }] }))).not.toBeNull();
  expect(await validate(JSON.stringify({ ...bom, surprise: true }))).not.toBeNull();
});

test('it lists what is in the bundle, each with its name, version, licence and hash, and what we depend on', () => {
  const { metadata, components, dependencies } = JSON.parse(written());
  expect(metadata.component).toMatchObject({ type: 'application', name: program.name, version: program.version });
  expect(components).toHaveLength(packages.length);
  for (const component of components) {
    expect(component).toMatchObject({
      version: expect.any(String),
      purl: expect.stringMatching(/^pkg:npm\/(?:%40[^/@]+\/)?[^/@]+@\d/),
      licenses: [{ license: { id: expect.any(String) } }],
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    });
  }
  const ours = dependencies.find(({ ref }: { ref: string }) => ref === metadata.component['bom-ref']);
  expect(ours.dependsOn).toHaveLength(Object.keys(program.dependencies).length);
});

test('it is the same whenever it is made, but for the date that it is given', () => {
  expect(written()).toBe(written());
  expect(JSON.parse(written()).metadata).not.toHaveProperty('timestamp');
  expect(JSON.parse(written(new Date(86_400_000))).metadata.timestamp).toBe('1970-01-02T00:00:00.000Z');
});
