import { clearState, productionLikeState, stateFolderFromEnvironment } from './stack/state.ts';

/** Removes what the stack has stored, so that the next start begins with nothing. */
export async function main(): Promise<number> {
  const state = stateFolderFromEnvironment(process.env);
  await clearState(productionLikeState(process.env));
  await clearState(state);
  console.log(`Cleared ${state.folder}.`);
  return 0;
}
