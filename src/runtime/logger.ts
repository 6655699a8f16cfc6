import { pino, type Logger, stdSerializers } from 'pino';

/** The process's log: JSON lines on standard output. Tokens, passwords and card data never reach it. */
export function createLogger(name: string, level: string): Logger {
  // Synchronous: the asynchronous default retries a broken standard output for ever and keeps a dead process alive.
  return pino(
    {
      name,
      level,
      // The SDK names an error so; unknown to pino, it would be an empty object.
      serializers: { error: stdSerializers.err },
      redact: [
        'req.headers.authorization',
        'req.headers["x-auth-token"]',
        'password',
        'token',
        '*.cardHolder',
      ],
    },
    pino.destination({ dest: 1, sync: true }),
  );
}
