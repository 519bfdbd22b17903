import type { Account } from './accounts.ts';

/** One link for each customer. `target` is the page's own path. */
export function signInPage(target: string, accounts: Readonly<Record<string, Account>>): string {
  const links = Object.entries(accounts).map(
    ([subject, { name, email }]) =>
      `<li><a href="${target}/as/${subject}"><strong>${name}</strong><span>${email}</span></a></li>`,
  );
  return page(
    'Sign in (mock provider)',
    `<h1>Sign in as</h1>
  <ul>${links.join('')}</ul>
  <p>This is the mock identity provider. No password: it runs on this machine only.</p>`,
  );
}

/** The provider's own session ends too, if its user wants it. `form` is the provider's hidden form. */
export function signOutPage(form: string): string {
  return page(
    'Sign out (mock provider)',
    `<h1>Sign out here too?</h1>${form}
  <p><button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button></p>`,
  );
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 26rem; margin: 10vh auto; padding: 0 1rem }
  ul { list-style: none; padding: 0; display: grid; gap: .5rem }
  a { display: flex; justify-content: space-between; padding: .75rem 1rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem; color: inherit; text-decoration: none }
  a:hover, a:focus-visible { outline: 2px solid #2563eb }
  span { opacity: .7 }
</style>
<main>
  ${content}
</main>
</html>
`;
}
