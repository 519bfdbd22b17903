/**
 * Milliseconds after which a test takes something for hung. It is no verdict on how fast anything is: nothing that works
 * comes near it, on however slow a machine.
 */
export const PATIENCE = 120_000;

/**
 * What every deadline and timeout is multiplied by where time is not what is tested: those of production are made for a
 * machine that is not shared. What is about time asks for 1, or has short deadlines of its own.
 */
export const UNHURRIED = 20;
