import { EVERYBODY } from '../../domain/people.ts';
import type { FourEyesArea } from '../../domain/proposed-change.ts';
import type { Queryable } from '../db/postgres.ts';
import { readSettings, settingsInForce } from './settings.ts';

/**
 * Whether a change of a subscriber's takes two people. What holds for everybody takes two as soon as anybody's does.
 * @param area "fourEyes": of these very settings, which one person alone cannot weaken while any of them is on
 */
export async function takesTwo(
  db: Queryable,
  subscriberId: string,
  area: FourEyesArea | 'fourEyes',
): Promise<boolean> {
  const areas = new Set(await areasOf(db, subscriberId));
  return area === 'fourEyes' ? areas.size > 0 : areas.has(area);
}

async function areasOf(db: Queryable, subscriberId: string): Promise<readonly FourEyesArea[]> {
  if (subscriberId !== EVERYBODY)
    return (await settingsInForce(db, 'fourEyes', subscriberId))?.settings.takesTwo ?? [];
  const { rows } = await db.query<{ document: string | null }>(
    `select distinct on (subscriber_id) document from settings where kind = 'fourEyes'
      order by subscriber_id, version desc`,
  );
  return rows.flatMap(({ document }) =>
    document === null ? [] : readSettings('fourEyes', document).takesTwo,
  );
}
