/** The subject of an `Authorization` header; undefined if it has none. */
export type SubjectOf = (authorization: string | undefined) => Promise<string | undefined> | string | undefined;

/** Believes any JWT's `sub`: a mock checks no signature. */
export const subjectUnverified: SubjectOf = (authorization) => {
  const payload = /^Bearer [\w-]+\.([\w-]+)/i.exec(authorization ?? '')?.[1];
  if (payload === undefined) return undefined;
  try {
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: unknown };
    return typeof sub === 'string' && sub !== '' ? sub : undefined;
  } catch {
    return undefined;
  }
};
