/** A base image, as the default of the argument that names it. */
export interface BaseImage {
  readonly argument: string;
  readonly reference: string;
}

/**
 * The base images of a Dockerfile.
 * @throws Error when a stage begins with anything but an argument that has a default, or an earlier stage
 */
export function baseImagesOf(dockerfile: string): BaseImage[] {
  const stages = new Set<string>();
  return [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)(?: AS (\S+))?$/gm)].flatMap(
    ([line, from = '', stage]) => {
      if (stage !== undefined) stages.add(stage);
      if (stages.has(from)) return [];
      const argument = /^\$\{(\w+)\}$/.exec(from)?.[1] ?? '';
      const reference = new RegExp(`^ARG ${argument}=(\\S+)$`, 'm').exec(dockerfile)?.[1];
      if (reference === undefined) throw new Error(`${line}: name the image as an argument that has a default`);
      return [{ argument, reference }];
    },
  );
}

/** Whether it names one image for ever, whoever moves its tag. */
export function isPinned(reference: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(reference);
}
