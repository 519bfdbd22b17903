/** Why nothing was generated, in plain words. */
interface Refused extends Error {
  readonly kind: 'refused';
}

export function refused(why: string): Refused {
  return Object.assign(new Error(why), { kind: 'refused' as const });
}

export function isRefused(error: unknown): error is Refused {
  return (error as Partial<Refused> | undefined)?.kind === 'refused';
}
