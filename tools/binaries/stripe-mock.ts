import { built, type GoProgram } from './go-program.ts';
import type { Print } from '../progress.ts';

const STRIPE_MOCK: GoProgram = {
  folder: 'stripe-mock',
  module: 'github.com/stripe/stripe-mock',
  package: 'github.com/stripe/stripe-mock',
  program: 'stripe-mock',
  label: 'building stripe-mock, once',
  withoutGo:
    'There is no stripe-mock to test the Stripe gateway against: it is built from source, and Go is missing.\n' +
    'Install Go 1.21 or newer (https://go.dev/dl), and it is built once.',
};

/** The path of `stripe-mock`, Stripe's own server that checks calls against its published API. */
export async function stripeMock(print: Print): Promise<string> {
  return built(STRIPE_MOCK, print);
}
