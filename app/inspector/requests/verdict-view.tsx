import type { Verdict } from '#inspector/requests/verdict.ts';

const WORDS: Readonly<Record<Verdict['tone'], string>> = { well: 'Well', partial: 'Not whole', failed: 'Failed' };
const SHAPES: Readonly<Record<Verdict['tone'], string>> = { well: '●', partial: '▲', failed: '■' };

/** The sentence over everything else, and what would help. */
export function VerdictView({ verdict }: { verdict: Verdict }) {
  const { tone, headline, notes, help } = verdict;
  return (
    <section className="verdict" data-tone={tone} aria-label="What bounds it">
      <p className="verdict-line">
        <span className="verdict-mark">
          <span aria-hidden="true">{SHAPES[tone]}</span>
          <span className="visually-hidden">{WORDS[tone]}: </span>
        </span>
        <strong>{headline}</strong>
      </p>
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {help.length > 0 && (
        <ul className="verdict-help">
          {help.map(({ words, href }) => (
            <li key={words}>{href ? <a href={href}>{words}</a> : words}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
