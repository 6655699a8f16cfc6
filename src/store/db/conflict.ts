/** The record contradicts what a step assumes. Repeating cannot help; a person must look. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';
}
