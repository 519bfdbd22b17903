import { here } from '#app/adapter.ts';
import { currentTheme, THEMES } from './theme.ts';

/** Chooses light, dark or what the system says; a plain form, so that it works without any script. */
export async function ThemeSwitch() {
  const current = await currentTheme();
  return (
    <form className="theme-switch" method="post" action="/theme/set">
      <input type="hidden" name="return" value={await here()} />
      <fieldset>
        <legend className="visually-hidden">Theme</legend>
        {THEMES.map((theme) => (
          <button key={theme} type="submit" name="theme" value={theme} aria-pressed={theme === current}>
            {theme}
          </button>
        ))}
      </fieldset>
    </form>
  );
}
