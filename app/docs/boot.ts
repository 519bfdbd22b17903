/** All but curl, Swift, Kotlin and JavaScript's fetch, by language or by `language/client`. */
const HIDDEN = [
  ...['c', 'clojure', 'csharp', 'dart', 'fsharp', 'go', 'http', 'java', 'julia', 'node', 'objc', 'ocaml', 'php'],
  ...['powershell', 'python', 'r', 'ruby', 'rust', 'js/axios', 'js/jquery', 'js/ofetch', 'js/xhr'],
  ...['shell/httpie', 'shell/wget'],
];

/**
 * The reference's script and its configuration, all from this server: no fonts, answers, agents or accounts of other
 * sites.
 */
const OPTIONS = {
  url: '/api/openapi.json',
  layout: 'modern',
  theme: 'default',
  operationTitleSource: 'summary',
  hiddenClients: HIDDEN,
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  // What proves that a page of ours sends a write; the session itself is a cookie that no script can read.
  authentication: { securitySchemes: { csrf: { value: '1' } } },
  metaData: { title: 'API reference · Tributary' },
  documentDownloadType: 'none',
  showDeveloperTools: 'never',
  hideClientButton: true,
  hideDarkModeToggle: true,
  withDefaultFonts: false,
  telemetry: false,
  persistAuth: false,
  agent: { disabled: true, hideAddApi: true },
  mcp: { disabled: true },
} as const;

export const BOOT = `
const { dataset } = document.currentScript;
const script = Object.assign(document.createElement('script'), { src: dataset.script });
script.addEventListener('load', () => {
  const place = document.createElement('div');
  place.id = 'reference';
  document.getElementById('plain').replaceWith(place);
  const { origin } = location;
  Scalar.createApiReference(place, { ...${JSON.stringify(OPTIONS)}, baseServerURL: origin });
});
document.head.append(script);
`;
