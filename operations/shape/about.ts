/** What the API says of itself. */
export const ABOUT = {
  title: 'Tributary',
  version: '0.1.0',
  summary: 'Many upstreams, one response: a shop for its web UI and its mobile app.',
} as const;
