import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { flat, type Query } from '#app/query.ts';
import '#app/styles/problems.css';
import { ABOUT } from '#operations/shape/about.ts';
import { problemExamples } from '#reference/problems.ts';
import { KINDS, kindOf, operationsWith } from '../kinds.ts';
import { Evidence } from './evidence.tsx';

interface Props {
  readonly params: Promise<{ readonly slug: string }>;
  readonly searchParams: Promise<Query>;
}

const EXAMPLES = problemExamples(KINDS, ABOUT.origin) as Readonly<Record<string, { readonly value: object }>>;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: kindOf((await params).slug)?.title ?? 'Problem' };
}

/** What one kind of problem means and what to do; with `?trace=` what we know of the request that met it. */
export default async function ProblemPage({ params, searchParams }: Props) {
  const { slug } = await params;
  const kind = kindOf(slug);
  if (kind === undefined) notFound();
  const { trace } = flat(await searchParams);
  const { status, title, meaning, whatToDo, forOperators } = kind;
  const from = operationsWith(slug);
  // Then a person has been sent here while they signed in.
  const isOfSignIn = from.length > 0 && from.every(({ navigation }) => navigation);
  return (
    <article className="section problem">
      <p className="soft small">
        {status} · <code>{slug}</code>
      </p>
      <h1>{title}</h1>
      <p className="problem-lead">{meaning}</p>
      {isOfSignIn && (
        <p>
          <a className="button" href="/sign-in">
            Sign in again
          </a>
        </p>
      )}
      {trace !== undefined && <Evidence id={trace} />}
      <div className="problem-ways">
        <section aria-labelledby="caller">
          <h2 id="caller">If you call the API</h2>
          <p>{whatToDo}</p>
        </section>
        {forOperators && (
          <section aria-labelledby="operator">
            <h2 id="operator">If you run it</h2>
            <p>{forOperators}</p>
          </section>
        )}
      </div>
      <section aria-labelledby="example">
        <h2 id="example">What is answered</h2>
        <pre className="problem-example">
          {`HTTP/1.1 ${status}\ncontent-type: application/problem+json\n\n${JSON.stringify(EXAMPLES[slug]?.value, null, 2)}`}
        </pre>
      </section>
      <section aria-labelledby="from">
        <h2 id="from">Where it comes from</h2>
        {from.length === 0 ? (
          <p>Any request may meet it.</p>
        ) : (
          <ul className="problem-from">
            {from.map(({ id, route, summary }) => (
              <li key={id}>
                <code>{route}</code> <span className="soft small">{summary}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
      <p>
        <a href="/problems">All problems</a> · <a href="/docs">The API</a>
      </p>
    </article>
  );
}
