import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { table } from '../src/cli/output/output.ts';
import { projectRoot } from '../src/runtime/project-files.ts';

const manifest = z.looseObject({
  name: z.string(),
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

/**
 * Packs what other services install: the client, alone with what it needs, and the whole service with its test rig.
 * @param args a folder for the packages; dist/packages where none is given
 */
export async function main([
  folder = path.join(projectRoot, 'dist/packages'),
]: readonly string[]): Promise<number> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const client = path.join(folder, 'client');
  assembleClient(client);
  const packed = [pack(client, folder), pack(projectRoot, folder)];
  const rows = packed.map(({ name, file, files, bytes }) => [
    name,
    path.relative(process.cwd(), file),
    String(files),
    `${Math.ceil(bytes / 1024)} KiB`,
  ]);
  console.log(table(['package', 'file', 'files', 'packed'], rows, ['files', 'packed']));
  return 0;
}

/** The compiled client and every file that it imports, with the dependencies that those name. */
function assembleClient(target: string): void {
  const compiled = path.join(projectRoot, 'dist');
  const { files, packages } = closureOf(path.join(compiled, 'src/client/index.js'));
  for (const file of files) cpSync(file, path.join(target, path.relative(compiled, file)));
  const service = readManifest(projectRoot);
  const own = readManifest(path.join(projectRoot, 'packages/client'));
  const dependencies = Object.fromEntries(
    [...packages]
      .toSorted((a, b) => a.localeCompare(b, 'en'))
      .map((name) => {
        const version = service.dependencies[name];
        if (version === undefined)
          throw new Error(`the client imports ${name}, which package.json does not have`);
        return [name, version];
      }),
  );
  const written = { ...own, version: service.version, dependencies };
  writeFileSync(path.join(target, 'package.json'), `${JSON.stringify(written, null, 2)}\n`);
  cpSync(path.join(projectRoot, 'packages/client/README.md'), path.join(target, 'README.md'));
}

/** The files that a compiled file reaches by relative imports, declarations included, and the packages that they import. */
function closureOf(entry: string): {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
} {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (file.endsWith('.js')) waiting.push(file.replace(/\.js$/, '.d.ts'));
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
      if (specifier.startsWith('.')) {
        const imported = path.resolve(path.dirname(file), specifier.replace(/\.ts$/, '.js'));
        waiting.push(imported);
      } else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  }
  return { files, packages };
}

const IMPORTED = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

function readManifest(folder: string): z.infer<typeof manifest> {
  return manifest.parse(JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')));
}

/** Packs a folder by npm. */
function pack(source: string, folder: string) {
  const before = new Set(readdirSync(folder));
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const { status, stdout, stderr } = spawnSync('npm', [...args, '--json'], { cwd: source, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm could not pack ${source}: ${stderr}`);
  const [report] = packReport.parse(JSON.parse(stdout));
  const file = readdirSync(folder).find((name) => !before.has(name) && name.endsWith('.tgz'));
  if (!report || file === undefined) throw new Error(`npm has packed nothing of ${source}`);
  const packed = path.join(folder, file);
  return { name: report.name, file: packed, files: report.entryCount, bytes: statSync(packed).size };
}

const packReport = z.array(z.object({ name: z.string(), entryCount: z.int() }));
