import { createHash } from 'node:crypto';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { type BundledPackage, dependenciesOf } from '../bundle/packages.ts';

/** What of our package.json goes into the bill of materials. */
export interface Program {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export interface Origin {
  /** What the lockfile says of the package in a folder: `sha512-…`. */
  readonly integrity: (folder: string) => string | undefined;
  /** When the sources were released, if that is known. */
  readonly date: Date | undefined;
}

/** The version of CycloneDX that is written. */
export const SPECIFICATION = Spec.Spec1dot6;

/**
 * A CycloneDX bill of materials of the bundle, as JSON: the packages whose code is in it, with the hashes of their
 * archives, and which needs which. The same arguments give the same bytes.
 */
export function billOfMaterials(
  program: Program,
  packages: readonly BundledPackage[],
  { integrity, date }: Origin,
): string {
  const components = new Map(packages.map((bundled) => [bundled.folder, componentOf(bundled, integrity)]));
  const root = rootOf(program);
  const link = (from: Models.Component, needs: readonly BundledPackage[]) => {
    for (const { folder } of needs) {
      const needed = components.get(folder);
      if (needed !== undefined) from.dependencies.add(needed.bomRef);
    }
  };
  link(root, dependenciesOf({ folder: '', dependencies: Object.keys(program.dependencies) }, packages));
  for (const bundled of packages) {
    const component = components.get(bundled.folder);
    if (component !== undefined) link(component, dependenciesOf(bundled, packages));
  }
  const bom = new Models.Bom({
    serialNumber: serialNumberOf([program, ...packages].map(({ name, version }) => `${name}@${version}`)),
    metadata: new Models.Metadata({ component: root, ...(date !== undefined && { timestamp: date }) }),
    components: new Models.ComponentRepository(components.values()),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(SPECIFICATION));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function rootOf({ name, version, description, license }: Program): Models.Component {
  return new Models.Component(Enums.ComponentType.Application, name, {
    version,
    description,
    licenses: licences(license),
    bomRef: `${name}@${version}`,
  });
}

function componentOf(
  { folder, name, version, description, licence }: BundledPackage,
  integrity: Origin['integrity'],
): Models.Component {
  const [scope, rest] = name.startsWith('@') ? name.split('/') : [undefined, name];
  // https://github.com/package-url/purl-spec: the @ of a scope is escaped.
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const archive = /^sha512-(.+)$/.exec(integrity(folder) ?? '')?.[1];
  const hash = archive === undefined ? undefined : Buffer.from(archive, 'base64').toString('hex');
  return new Models.Component(Enums.ComponentType.Library, rest ?? name, {
    ...(scope !== undefined && { group: scope }),
    version,
    description,
    licenses: licences(licence),
    purl,
    bomRef: purl,
    hashes: new Models.HashDictionary(hash === undefined ? [] : [[Enums.HashAlgorithm['SHA-512'], hash]]),
  });
}

function licences(identifier: string): Models.LicenseRepository {
  return new Models.LicenseRepository([new Models.SpdxLicense(identifier)]);
}

/** A UUID of version 8 (its own making, RFC 9562) out of what is listed. */
function serialNumberOf(content: readonly string[]): string {
  const hex = createHash('sha256').update(content.join('\n')).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}
