import { inspectorParts } from '#app/inspector-parts.ts';

/** What is known of the request that a problem was the answer to, or what its reader can do with its id. */
export async function Evidence({ id }: { readonly id: string }) {
  return (
    (await inspectorParts.evidenceOf?.(id)) ?? (
      <aside className="panel" aria-labelledby="yours">
        <h2 id="yours">Your request</h2>
        <p>
          When you ask us about it, tell us its id: <code className="problem-id">{id}</code>
        </p>
      </aside>
    )
  );
}
