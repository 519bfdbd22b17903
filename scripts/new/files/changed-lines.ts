/** The lines that differ, as a diff shows them: `-  13  old`, `+  13  new`. No line that stays may have moved. */
export function changedLines(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const changed: string[] = [];
  const note = (sign: '+' | '-', at: number, line: string) =>
    changed.push(`${sign} ${String(at + 1).padStart(4)}  ${line}`);
  let at = 0;
  for (const [index, line] of now.entries()) {
    for (let gone = old[at]; gone !== undefined && !now.includes(gone, index); gone = old[at]) note('-', at++, gone);
    if (old[at] === line) at++;
    else note('+', index, line);
  }
  for (const [index, gone] of old.slice(at).entries()) note('-', at + index, gone);
  return changed;
}
