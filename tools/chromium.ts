import { findOnPath, runProgram } from './processes/programs.ts';
import { findChromium, NO_CHROMIUM } from './binaries/chromium.ts';

/** Installs the browser of the browser test where there is none: on Debian, as root. */
export async function main(): Promise<number> {
  if (findChromium(process.env) !== undefined) return 0;
  const aptGet = findOnPath('apt-get');
  if (aptGet === undefined || process.getuid?.() !== 0) {
    console.log(NO_CHROMIUM);
    return 0;
  }
  console.log('installing Chromium by apt-get, for the browser test');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runProgram(aptGet, ['update'], { env });
  await runProgram(aptGet, ['install', '--yes', '--no-install-recommends', 'chromium'], { env });
  return 0;
}
