/**
 * The one place that names versions of the local control plane. `go.mod` beside it repeats them for
 * Go; a test compares the two.
 */
export const KUBERNETES_VERSION = '1.36.3';
export const ETCD_VERSION = '3.6.8';

/** The oldest Go that builds them: the `go` line of k8s.io/kubernetes' own go.mod. */
export const GO_VERSION = { major: 1, minor: 26 };

/**
 * The official binaries of the envtest project: etcd, kube-apiserver and kubectl in one archive. It
 * publishes no archive for most patch releases (none for 1.36.3), so this is the newest of the same
 * minor version. SHA-512 from
 * https://github.com/kubernetes-sigs/controller-tools/blob/main/envtest-releases.yaml
 */
export const ENVTEST: {
  readonly kubernetes: string;
  readonly sha512: Readonly<Partial<Record<Platform, string>>>;
} = {
  kubernetes: '1.36.2',
  sha512: {
    'linux-amd64':
      'ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dcf30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08',
    'linux-arm64':
      '2d72ee985a8e262a3c57dc9f7f0fd891f6a8c7bf7ebaa2db6dc6d8eac8ae28181afe51c1f368b67756cdb40b10de9b205609e1726e5f27f7c6d824dd9c6649ac',
    'darwin-amd64':
      'b4fe9f973cd1992e3880f8b230ed32c0c243b83371591e3e3315f4404df2cdbef8ee94eeb9bb245b7e5feb987d5c4a76c43e0877654ab73f00d7bbc2b9984514',
    'darwin-arm64':
      '9278f9e5af556b2f1f2d139769c1f0d717c7b4426917fdebdba898bcb725a916e4910d6160886194ff9be9589ea7c5c32c2b8ae0754703874b7c8ba8ddfc41ce',
  },
};

/** What a control plane needs, in the order in which a first use builds them: the quickest first. */
export const TOOLS = ['etcd', 'kube-apiserver', 'kubectl'] as const;
/** Built only when asked for: nothing here needs it but foreground deletion and finishing a namespace. */
export const OPTIONAL_TOOLS = ['kube-controller-manager'] as const;
export type Tool = (typeof TOOLS)[number] | (typeof OPTIONAL_TOOLS)[number];

export type Platform = `${'linux' | 'darwin'}-${'amd64' | 'arm64'}`;

const OPERATING_SYSTEMS = { linux: 'linux', darwin: 'darwin' } as const;
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' } as const;

/**
 * The platform as Go names it, from Node's `process.platform` and `process.arch`.
 * @throws Error with a sentence for the reader where no control plane runs (Windows: use WSL).
 */
export function platformOf(platform: string, arch: string): Platform {
  const os = Object.entries(OPERATING_SYSTEMS).find(([node]) => node === platform)?.[1];
  const cpu = Object.entries(ARCHITECTURES).find(([node]) => node === arch)?.[1];
  if (os === undefined || cpu === undefined) {
    throw new Error(`The local control plane runs on Linux and macOS (x64, arm64), not on ${platform}-${arch}.`);
  }
  return `${os}-${cpu}`;
}
