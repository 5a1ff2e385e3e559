import { defineConfig } from 'vitest/config';

/** What needs sockets, processes or the emulator, but no control plane. */
const COMPONENT = [
  'test/dev/**/*.test.ts',
  'test/sagemaker/**/*.test.ts',
  'test/scripts/{bundle,bom,checkout}.test.ts',
  'test/properties/**/*.test.ts',
  'test/kubernetes/transport.test.ts',
  'test/cli/preflight.test.ts',
  'test/cli/cluster.test.ts',
  // These take seconds: hostile files of many megabytes, and a Lua runtime.
  'test/cli/manifests.test.ts',
  'test/deploy/argocd.test.ts',
  'test/reconcile.test.ts',
];
const INTEGRATION = ['test/{integration,e2e}/**/*.test.ts'];
const IMAGE = ['test/image/**/*.test.ts'];
const ARGO_CD = ['test/argocd/**/*.test.ts'];
const FAULTS_MEMORY = ['test/faults/memory/**/*.test.ts'];
const FAULTS = ['test/faults/**/*.test.ts'];

/** Where random input is tried, the same in every run. */
const SEED = ['test/support/seed.ts'];

/**
 * Seven projects: `unit` is quick, for every save; `component` talks to the emulator and to servers of its own;
 * `integration` needs the local control plane, which its global setup starts once for all files, and the built bundle
 * (`npm run build`); `argocd` needs Argo CD besides, and takes five minutes in which nothing may happen; `image` needs root,
 * buildah and debootstrap, and builds the image before it runs it. `faults` plays the points of the fault matrix against
 * processes, a sample of them unless FAULTS is `all`, and `faults-memory` those that need none.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: SEED,
          include: ['test/**/*.test.ts'],
          exclude: [...COMPONENT, ...INTEGRATION, ...IMAGE, ...ARGO_CD, ...FAULTS],
          // They touch nothing that is shared; loading every module once instead of once a file takes a third of the time.
          isolate: false,
        },
      },
      { test: { name: 'component', setupFiles: SEED, include: COMPONENT, testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        test: {
          name: 'integration',
          include: INTEGRATION,
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Dozens of processes on two cores: in CI, what missed its time once has one more chance, and the report says so.
          retry: process.env.CI ? 1 : 0,
        },
      },
      { test: { name: 'faults-memory', include: FAULTS_MEMORY, testTimeout: 120_000 } },
      {
        test: {
          name: 'faults',
          include: FAULTS,
          exclude: FAULTS_MEMORY,
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // The whole matrix gets no second chance: what fails there once is a finding.
          retry: process.env.CI && process.env.FAULTS !== 'all' ? 1 : 0,
        },
      },
      {
        test: {
          name: 'argocd',
          include: ARGO_CD,
          globalSetup: ['test/argocd/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'image',
          include: IMAGE,
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 120_000,
          // To make a base image and build on it, on a busy machine, with nothing in any cache.
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
