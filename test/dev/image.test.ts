/** What can be told about building images without building one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { librariesIn } from '../../dev/image/bases.ts';
import { releaseIn } from '../../dev/image/debian.ts';
import { requireImageTools } from '../../dev/image/programs.ts';

describe('the tools', () => {
  test('that are missing are named, with what to install', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workteam-operator-image-'));
    try {
      await writeFile(join(folder, 'buildah'), '', { mode: 0o755 });
      const machine = { platform: 'linux', uid: 0, path: `/nowhere:${folder}` };
      await expect(requireImageTools(machine)).rejects.toThrow(
        'The image cannot be built and run without debootstrap, unshare, setpriv: apt-get install buildah debootstrap',
      );
      for (const program of ['debootstrap', 'unshare', 'setpriv']) {
        await writeFile(join(folder, program), '', { mode: 0o755 });
      }
      await expect(requireImageTools(machine)).resolves.toBeUndefined();
      await expect(requireImageTools({ ...machine, uid: 1000 })).rejects.toThrow('takes root: use sudo');
      await expect(requireImageTools({ ...machine, platform: 'darwin' })).rejects.toThrow('on Linux, not on darwin');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the release that apt installs from', () => {
  test.each([
    ['Debian bookworm main http://mirror.test/debian', { suite: 'bookworm', mirror: 'http://mirror.test/debian' }],
    [
      [
        'Vendor stable main https://vendor.test/apt',
        'Debian bookworm-updates main http://mirror.test/debian',
        'Debian bookworm contrib http://mirror.test/debian',
        'Debian trixie main http://other.test/debian',
      ].join('\n'),
      { suite: 'trixie', mirror: 'http://other.test/debian' },
    ],
    ['Ubuntu noble main http://mirror.test/ubuntu', { suite: 'noble', mirror: 'http://mirror.test/ubuntu' }],
    ['', { suite: 'stable', mirror: undefined }],
  ])('%j', (indexes, release) => {
    expect(releaseIn(indexes)).toEqual(release);
  });
});

test('the libraries that ldd names', () => {
  const printed = [
    '\tlinux-vdso.so.1 (0x00007fa1120bf000)',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fa111bad000)',
    '\tlibnone.so.1 => not found',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007fa1120c1000)',
  ].join('\n');
  expect(librariesIn(printed)).toEqual(['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
});
