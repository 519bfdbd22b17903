import { test } from 'vitest';
import { LONG } from './long.ts';

/** A test of the long run. */
export const longTest: typeof test | (() => void) = LONG ? test : () => undefined;
