// Runs one of the project's commands from a checkout in any state: installs what the lock asks for and is missing,
// compiles what has changed, and only then loads the command. Plain Node, since nothing is installed before this.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const commands = [
  'start',
  'demo',
  'production-like',
  'check',
  'test',
  'reset',
  'build',
  'histories',
  'pictures',
  'chromium',
  'packages',
  'bench',
  'chaos',
  'fuzz',
];
const [command = '', ...args] = process.argv.slice(2);

try {
  if (!commands.includes(command))
    throw new Error(`Usage: node tools/run.mjs <${commands.join('|')}> [arguments]`);
  checkNode();
  if (!isInstalled()) await install();
  await compile();
  if (command !== 'build') await run();
} catch (error) {
  // Our own errors are plain ones, written for a person; any other is a bug, and where it happened matters.
  console.error(error?.constructor === Error ? `\n${error.message}` : error);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `This needs Node 20.19 or newer, and this is Node ${process.versions.node}.\n` +
      'Install a newer one from https://nodejs.org, or with the version manager you use.',
  );
}

/** npm writes down what it has installed once it is done; an interrupted installation has no such list. */
function isInstalled() {
  const list = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(list)) return false;
  const installed = packagesIn(list);
  return Object.entries(packagesIn(path.join(root, 'package-lock.json'))).every(([folder, wanted]) => {
    if (folder === '') return true;
    const found = installed[folder];
    // Optional packages for other operating systems are in the lock and never installed.
    return found === undefined ? wanted.optional === true : found.version === wanted.version;
  });
}

function packagesIn(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

async function install() {
  const started = Date.now();
  const say = (text) => console.log(`Installing dependencies (npm ci): ${text}`);
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say('about half a minute');
  const timer = setInterval(() => say(`${elapsed()} so far`), 5_000);
  const npmArguments = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const npm = process.env.npm_execpath ?? '';
  try {
    const [program, programArguments] = path.basename(npm).startsWith('npm')
      ? [process.execPath, [npm, ...npmArguments]]
      : ['npm', npmArguments];
    const code = await runToEnd(program, programArguments);
    if (code !== 0)
      throw new Error(
        'The dependencies could not be installed; npm says why above.\n' +
          'Check that this machine reaches the npm registry, then run the same command again.',
      );
  } finally {
    clearInterval(timer);
  }
  say(`done in ${elapsed()}`);
}

/** Incremental, so that it takes a moment when little has changed. What is left of deleted sources is never loaded. */
async function compile() {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  // The tests check the types themselves, and report them among their results.
  const output = command === 'test' ? 'ignore' : 'inherit';
  const code = await runToEnd(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], output);
  if (code !== 0 && command !== 'test')
    throw new Error('The project does not compile; the errors are listed above.');
}

async function run() {
  const file = path.join(root, 'dist/tools', `${command}.js`);
  if (!existsSync(file)) throw new Error(`There is no command "${command}": tools/${command}.ts is missing.`);
  const { main } = await import(file);
  process.exit((await main(args)) ?? 0);
}

function runToEnd(program, programArguments, output = 'inherit') {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, { cwd: root, stdio: ['ignore', output, output] });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
