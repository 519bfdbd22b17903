import { processSingleton } from '#kernel/base/registry.ts';
import { createWindow } from '#kernel/base/time/window.ts';

interface Loop {
  lost: number;
  due: number;
  beating: boolean;
  restingSince: number;
  watchers: number;
  readonly delays: number[];
  beats: number;
  forgiving: boolean;
}

const loop = () =>
  processSingleton<Loop>('loop delay', () => ({
    lost: 0,
    window: createWindow(),
    due: 0,
    beating: false,
    restingSince: performance.now(),
    watchers: 0,
    delays: new Array(16).fill(0),
    beats: 0,
    forgiving: false,
  }));

/** This process takes its event loop to be on time, however busy the machine is: what a timeout is told as depends on the test alone. */
export function steadyLoop(): void {
  Object.assign(loop(), { beating: true, due: Number.POSITIVE_INFINITY });
}

/** It looks again how late its loop really is. */
export function realLoop(): void {
  Object.assign(loop(), { beating: false, watchers: 0 });
}

/** It has lost so many milliseconds more. */
export function loseTime(milliseconds: number): void {
  loop().lost += milliseconds;
}

/** Its loop is late by so many milliseconds from now on. */
export function delayLoop(milliseconds: number): void {
  loop().delays.fill(milliseconds);
}
