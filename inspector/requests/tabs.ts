export const TABS = ['timeline', 'payload', 'headers', 'logs', 'curl', 'replay', 'compare'] as const;
export type Tab = (typeof TABS)[number];

export const toTab = (text: string | undefined): Tab => TABS.find((tab) => tab === text) ?? 'timeline';

export const TAB_NAMES: Readonly<Record<Tab, string>> = {
  timeline: 'Timeline',
  payload: 'Payload',
  headers: 'Headers',
  logs: 'Logs',
  curl: 'curl',
  replay: 'Replay',
  compare: 'Compare',
};
