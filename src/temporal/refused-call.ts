import { isGrpcServiceError } from '@temporalio/client';

/** A call that Temporal has refused; the code as gRPC numbers it. */
export interface RefusedCall {
  readonly code: number;
  readonly details: string;
}

/** The refused call that an error is, or was caused by. */
export function refusedCallIn(error: unknown): RefusedCall | undefined {
  return [error, error instanceof Error ? error.cause : undefined].find(isGrpcServiceError);
}
