import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { findOnPath } from '../processes/programs.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export const NO_CHROMIUM =
  'No Chromium is found on this machine. Install one (on Debian: apt-get install --no-install-recommends chromium),\n' +
  'or name the one to use with CHROMIUM_PATH.';

/**
 * The Chromium, or a browser built on it, to use: the environment's CHROMIUM_PATH, or one under a usual name.
 * @throws when CHROMIUM_PATH names no file
 */
export function findChromium(environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment['CHROMIUM_PATH'];
  if (given && !existsSync(given)) throw new Error(`CHROMIUM_PATH is ${given}, and there is no such file.`);
  return (
    given ||
    NAMES.map(findOnPath).find((program) => program !== undefined) ||
    [...APPLICATIONS, chromium.executablePath()].find(existsSync)
  );
}

/** Starts it without a window, and without calling home. */
export function startChromium(program: string): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    args: [
      // Its sandbox asks for more than a container gives; the pages here are all our own.
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
