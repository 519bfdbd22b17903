const SCREENS: readonly (readonly [path: string, name: string, icon: string])[] = [
  ['', 'Requests', 'M2 4h12M2 8h8M2 12h10'],
  ['/endpoints', 'Endpoints', 'M3 8h6M9 4v8M9 4h4M9 12h4'],
  ['/upstreams', 'Upstreams', 'M8 13V4M4 7l4-4 4 4M3 13h10'],
  ['/cache', 'Cache', 'M3 4.5c0-2 10-2 10 0v7c0 2-10 2-10 0zM3 4.5c0 2 10 2 10 0M3 8c0 2 10 2 10 0'],
  ['/purges', 'Purges', 'M3 13l6-6M9 3l4 4-5 5H5l-2-2z'],
  ['/contracts', 'Contracts', 'M4 2h6l3 3v9H4zM6.5 8.5l1.5 1.5 3-3.5'],
  ['/inbox', 'Inbox', 'M2 9l2-6h8l2 6v4H2zM2 9h4l1 2h2l1-2h4'],
  ['/streams', 'Streams', 'M2 5c3-3 5 3 8 0s4 0 4 0M2 11c3-3 5 3 8 0s4 0 4 0'],
  ['/levers', 'Overrides', 'M3 13h10M5 13V9h6v4M8 9L11 3M10.2 3h1.6'],
  ['/config', 'Config', 'M2 5h7M12 5h2M2 11h2M7 11h7M10.5 3.5v3M5.5 9.5v3'],
];

/** The way to every screen: at the side, or at the foot where the window is narrow. */
export function Rail({ path }: { path: string }) {
  const rest = path.replace(/^\/inspector/, '');
  const screen =
    SCREENS.find(([segment]) => segment !== '' && (rest === segment || rest.startsWith(`${segment}/`)))?.[0] ?? '';
  return (
    <nav className="inspector-rail" aria-label="Inspector">
      {SCREENS.map(([segment, name, icon]) => (
        <a key={name} href={`/inspector${segment}`} aria-current={segment === screen ? 'page' : undefined}>
          <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <path d={icon} />
          </svg>
          {name}
        </a>
      ))}
    </nav>
  );
}
