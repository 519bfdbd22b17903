import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import type { ProblemKind } from '#kernel/contract/problem-kind.ts';
import { PROBLEMS } from '#kernel/http/problems.ts';

interface Props {
  readonly params: Promise<{ readonly slug: string }>;
}

const problemOf = (slug: string): ProblemKind | undefined =>
  Object.hasOwn(PROBLEMS, slug) ? PROBLEMS[slug as keyof typeof PROBLEMS] : undefined;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: problemOf((await params).slug)?.title ?? 'Problem' };
}

export default async function ProblemPage({ params }: Props) {
  const problem = problemOf((await params).slug);
  if (problem === undefined) notFound();
  const { status, title, meaning, whatToDo } = problem;
  return (
    <article className="section reviews">
      <p className="soft small">{`Status ${status}`}</p>
      <h1>{title}</h1>
      <h2>What it means</h2>
      <p>{meaning}</p>
      <h2>What to do</h2>
      <p>{whatToDo}</p>
      <p>
        <a href="/problems">All problems</a>
      </p>
    </article>
  );
}
