import { cookies } from 'next/headers';

/** The cookie of a visitor who has chosen a theme, whatever their system says. */
export const THEME_COOKIE = 'theme';
export const THEMES = ['light', 'dark', 'system'] as const;

export type Theme = (typeof THEMES)[number];

/** An unknown theme is the system's. */
export const themeIn = (text: string | null | undefined): Theme => THEMES.find((theme) => theme === text) ?? 'system';

/** The theme of the page that is rendered. It comes with the document, so that nothing flashes. */
export const currentTheme = async (): Promise<Theme> => themeIn((await cookies()).get(THEME_COOKIE)?.value);
