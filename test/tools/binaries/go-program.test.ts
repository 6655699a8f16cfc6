import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporalPrograms } from '../../../tools/binaries/temporal-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** A machine with an empty cache, and with this in place of Go. */
function machineWith(go: string | undefined): void {
  const folder = tempFolder();
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  if (go !== undefined) writeFileSync(path.join(bin, 'go'), `#!/bin/sh\n${go}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', bin);
  vi.stubEnv('XDG_CACHE_HOME', folder);
}

test('a machine without Go, or with one that is too old, is told what to install', async () => {
  const printed: string[] = [];
  const built = () => temporalPrograms((line) => printed.push(line));
  machineWith(undefined);
  await expect(built()).rejects.toThrow('Install Go 1.26 or newer');
  machineWith('echo "go: go.mod requires go >= 1.26.8 (running go 1.22.3; GOTOOLCHAIN=local)" >&2; exit 1');
  await expect(built()).rejects.toThrow(/needs Go 1\.26\.8 or newer .*this machine has Go 1\.22\.3/);
  machineWith('echo "no space left on device" >&2; exit 1');
  await expect(built()).rejects.toThrow('no space left on device');
  vi.unstubAllEnvs();
});
