import { grantToApplication } from './application-role.ts';
import { migrate } from './migrate.ts';

const { DATABASE_URL: owner, APPLICATION_DATABASE_URL: application } = process.env;
if (!owner) throw new Error('DATABASE_URL is not set: it says which database to bring up to date');
await migrate(owner);
console.log('The database has the schema of this version.');
if (application) {
  await grantToApplication(owner, application);
  console.log(`${new URL(application).username} may use it, and only add to the ledger and the audit.`);
}
