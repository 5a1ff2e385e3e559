/** What of package-lock.json matters here. */
export interface Lockfile {
  readonly version?: string;
  /** By folder; '' is the repository itself. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  /** `sha512-…` of its archive. */
  readonly integrity?: string;
  readonly link?: boolean;
  /** It came inside the archive of another package, whose hash covers it. */
  readonly inBundle?: boolean;
}

/** One line for every package that does not come from a registry with its hash pinned. */
export function loosePackages({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([folder, { resolved, integrity, link, inBundle }]) => {
    if (folder === '' || inBundle === true) return [];
    if (link === true || !isFromRegistry(resolved)) return [`${folder} comes from ${resolved ?? 'a folder'}`];
    return integrity?.startsWith('sha512-') === true ? [] : [`${folder} has no SHA-512`];
  });
}

/** `https://…/<name>/-/<name>-<version>.tgz` is how all registries call their archives; npm leaves it out when told to. */
function isFromRegistry(resolved: string | undefined): boolean {
  return resolved === undefined || /^https:\/\/.+\/-\/[^/]+\.tgz$/.test(resolved);
}
