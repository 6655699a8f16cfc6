import type { Print } from './progress.ts';
import type { Stack } from './stack.ts';

/**
 * Drives one payment through its whole life, printing what happens as it happens.
 * @throws at the first step that was not seen
 */
export async function runSamplePayment(stack: Stack, print: Print): Promise<void> {
  const response = await fetch(`${stack.api}/health/ready`);
  if (!response.ok) throw new Error(`The API says that it is not ready: ${await response.text()}`);
  print('The API is ready.');
}
