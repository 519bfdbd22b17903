import type { Metadata } from 'next';
import { requireInspector } from './panels/allowed.ts';
import { PanelHead } from './panels/panel-head.tsx';

export const metadata: Metadata = { title: 'Requests · Inspector' };

export default async function RequestsPage() {
  await requireInspector();
  return (
    <div className="inspect">
      <PanelHead title="Requests">What was asked, and what it cost.</PanelHead>
    </div>
  );
}
