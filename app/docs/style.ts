export const STYLE = `
:root { color-scheme: light dark; --scalar-custom-header-height: 48px; --scalar-font: system-ui, sans-serif; --scalar-font-code: ui-monospace, SFMono-Regular, Menlo, monospace; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; background: light-dark(#fff, #0f0f0f); color: light-dark(#1d1f24, #eceae4); }
.bar { position: sticky; top: 0; z-index: 10; box-sizing: border-box; height: 48px; display: flex; align-items: center; gap: 20px; padding: 0 20px; overflow-x: auto; white-space: nowrap; background: light-dark(#fff, #0f0f0f); border-bottom: 1px solid light-dark(#e3dfd6, #2c3038); font: 14px/1 system-ui, sans-serif; }
.bar a { color: light-dark(#0b5f6b, #6fd0dc); text-decoration: none; padding: 8px 0; }
.bar a:hover, .bar a:focus-visible { text-decoration: underline; }
.bar .home { color: inherit; font-weight: 650; }
#plain { max-width: 60rem; margin: 0 auto; padding: 24px 20px 64px; }
#plain a { color: light-dark(#0b5f6b, #6fd0dc); }
#plain h2 { margin: 2rem 0 .5rem; text-transform: capitalize; }
#plain table { width: 100%; border-collapse: collapse; }
#plain th, #plain td { text-align: start; vertical-align: top; padding: 6px 12px 6px 0; border-top: 1px solid light-dark(#e3dfd6, #2c3038); font-weight: normal; }
#plain thead th { font-size: .84rem; color: light-dark(#5b5f68, #a9adb6); border: 0; }
#plain code { overflow-wrap: anywhere; font-size: .88rem; }
`;
