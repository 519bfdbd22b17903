import type { Metadata } from 'next';
import { AccountFrame } from '#app/(shop)/account/frame.tsx';
import { read } from '#app/adapter.ts';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { guarded } from '#app/guarded.tsx';
import { getExport } from '#operations/orders/exports.ts';
import { LiveProgress } from './live.tsx';
import { Progress } from './progress.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export const metadata: Metadata = { title: 'Your orders as a file' };

export default function ExportPage(props: Props) {
  return guarded(() => exportPage(props));
}

async function exportPage({ params }: Props) {
  const { id } = await params;
  const view = await read(getExport, { id });
  return (
    <AccountFrame title="Your orders as a file" current="/orders">
      <LiveProgress input={{ id }}>
        <Progress view={view} />
      </LiveProgress>
      <form method="post" action={`/api/exports/${id}?_method=DELETE`} aria-label="Cancel">
        <FormFields then="/orders" />
        <button className="quiet" type="submit">
          Cancel
        </button>
      </form>
    </AccountFrame>
  );
}
