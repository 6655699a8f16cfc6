import path from 'node:path';
import { findOnPath, runProgram } from '../processes/programs.ts';
import type { Print } from '../progress.ts';
import { cached } from './cache.ts';

const VERSION = '4.32.5';

/** A program of Python with the packages that it needs. */
export interface PythonProgram {
  readonly python: string;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The program that makes calls from an OpenAPI document, installed once from PyPI into a folder of its own.
 * @throws Error where there is no Python 3.10 or newer with pip
 */
export async function ensureSchemathesis(print: Print): Promise<PythonProgram> {
  const python = findOnPath('python3');
  if (python === undefined)
    throw new Error('Fuzzing the API needs Python 3.10 or newer with pip: install python3 and python3-pip.');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target'];
  const folder = await cached(
    `schemathesis-${VERSION}`,
    (target) => runProgram(python, [...install, target, `schemathesis==${VERSION}`]),
    print,
  );
  const file = path.join(folder, 'bin', 'schemathesis');
  return { python, file, env: { ...process.env, PYTHONPATH: folder } };
}
