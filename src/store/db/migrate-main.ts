import { migrate } from './migrate.ts';

const databaseUrl = process.env['DATABASE_URL'];
if (!databaseUrl) throw new Error('DATABASE_URL is not set: it says which database to bring up to date');
await migrate(databaseUrl);
console.log('The database has the schema of this version.');
