import { spawn } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { freePorts } from '../../tools/stack/ports.ts';

/** Free ports, and the environment in which the stack uses them and keeps its state in a folder. */
export async function stackIn(state: string) {
  const ports = await freePorts();
  const env = {
    STATE_DIR: state,
    API_PORT: String(ports.api),
    POSTGRES_PORT: String(ports.postgres),
    TEMPORAL_PORT: String(ports.temporal),
    TEMPORAL_UI_PORT: String(ports.temporalUi),
    GATEWAY_PORT: String(ports.gateway),
    MAIL_PORT: String(ports.mail),
    SIGN_IN_PORT: String(ports.signIn),
    SMTP_PORT: String(ports.smtp),
  };
  return { ports, env };
}

/** Runs one of the stack's commands as npm does, compiled already. */
export function command(name: 'start' | 'demo' | 'production-like', env: Record<string, string>) {
  const entry = path.join(projectRoot, 'dist/tools', `${name}.js`);
  const child = spawn(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(entry)}).then((it) => it.main()).then((code) => process.exit(code), (error) => { console.error(error.message); process.exit(1); })`,
    ],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    child,
    ended,
    output: () => output,
    async says(text: string): Promise<void> {
      while (!output.includes(text)) {
        const over = await Promise.race([
          ended.then(() => true),
          new Promise((next) => setTimeout(next, 100)),
        ]);
        if (over === true) throw new Error(`it ended before it said "${text}":\n${output}`);
      }
    },
  };
}
