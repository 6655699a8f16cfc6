/**
 * Works on items, so many at once. Where one fails, the others of its chunk have come to their end before that is
 * known: no call outlives what it was made with.
 */
export async function inChunks<T, R>(
  items: readonly T[],
  size: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    const calls = items.slice(start, start + size).map(work);
    await Promise.allSettled(calls);
    results.push(...(await Promise.all(calls)));
  }
  return results;
}
