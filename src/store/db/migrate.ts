import path from 'node:path';
import { runner } from 'node-pg-migrate';
import { projectRoot } from '../../runtime/project-files.ts';

/** Brings the database up to this version's schema; several processes may call it at once, one does the work. */
export async function migrate(databaseUrl: string): Promise<void> {
  await runner({
    databaseUrl,
    dir: path.join(projectRoot, 'src/store/migrations'),
    direction: 'up',
    migrationsTable: 'schema_migrations',
    advisoryLockMode: 'wait',
    log: () => {},
  });
}
