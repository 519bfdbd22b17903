import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';

/** The browser that all files share. Closing it closes the pages of who has opened it, and no others. */
export const openBrowser = (): Promise<Browser> => chromium.connect(inject('browser'));
