import type { Metadata } from 'next';
import { PROBLEMS } from '#kernel/http/problems.ts';

export const metadata: Metadata = { title: 'Problems' };

export default function ProblemsPage() {
  return (
    <div className="section">
      <h1>What can go wrong</h1>
      <p className="soft">Every problem of the API has a type that leads here.</p>
      <ul className="reviews">
        {Object.entries(PROBLEMS).map(([slug, { status, title }]) => (
          <li key={slug}>
            <a href={`/problems/${slug}`}>{title}</a> <span className="soft small">{status}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
