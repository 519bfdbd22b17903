import type { Metadata } from 'next';
import '#app/styles/problems.css';
import { KINDS } from './kinds.ts';

export const metadata: Metadata = { title: 'What can go wrong' };

const WHO = [
  ['The request', 400, 'Something has to be sent differently, or by somebody else.'],
  ['Our side', 500, 'The request may be right: send it again later.'],
] as const;

export default function ProblemsPage() {
  return (
    <div className="section problem">
      <h1>What can go wrong</h1>
      <p className="soft">
        The API answers what goes wrong as <code>application/problem+json</code> (RFC 9457). The type of each problem
        leads to its page here.
      </p>
      {WHO.map(([who, from, what]) => (
        <section key={who} aria-labelledby={`from-${from}`}>
          <h2 id={`from-${from}`}>{who}</h2>
          <p className="soft small">{what}</p>
          <table className="problem-table">
            <thead>
              <tr>
                <th scope="col">Status</th>
                <th scope="col">What</th>
                <th scope="col">Code</th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(KINDS)
                .filter(([, { status }]) => status >= from && status < from + 100)
                .sort(([, a], [, b]) => a.status - b.status)
                .map(([slug, { status, title }]) => (
                  <tr key={slug}>
                    <td>{status}</td>
                    <th scope="row">
                      <a href={`/problems/${slug}`}>{title}</a>
                    </th>
                    <td>
                      <code>{slug}</code>
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  );
}
