import { nextEngine } from '#app/engine.ts';
import { actOnForm, seeOther } from '#app/own-form.ts';
import { THEME_COOKIE, themeIn } from '../theme.ts';

/** Seconds for which a choice is remembered. */
const LIFE = 365 * 86_400;

/** Takes a theme into its cookie, or the cookie away; leads back to `return`. */
export function POST(request: Request): Promise<Response> {
  return actOnForm(request, async (form) => {
    const theme = themeIn(form.get('theme'));
    const secure = nextEngine().runtime.publicUrl.startsWith('https:') ? '; Secure' : '';
    const life = theme === 'system' ? 0 : LIFE;
    const cookie = `${THEME_COOKIE}=${theme}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Lax${secure}`;
    return seeOther(form.get('return') ?? '/', '/', cookie);
  });
}
