import { environment } from './env.ts';

/** Ends the process with all that is wrong with its environment. */
export function checkEnv(): void {
  try {
    environment();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
