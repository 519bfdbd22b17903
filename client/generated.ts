/**
 * The operations by address, from the `paths` that openapi-typescript makes of /api/openapi.json: for who has our
 * document and not our contracts. `createClient<ApiOf<paths>>()`
 */
export type ApiOf<Paths> = {
  readonly [K in AddressOf<Paths>]: K extends `${infer M} ${infer At}`
    ? EntryOf<Get<Get<Paths, At>, Lowercase<M>>>
    : never;
};

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type AddressOf<Paths> = {
  [At in keyof Paths & string]: {
    [M in Method]: Get<Paths[At], M> extends { readonly responses: object } ? `${Uppercase<M>} ${At}` : never;
  }[Method];
}[keyof Paths & string];

/** A member that may be missing, without the undefined of its being so. */
type Get<T, K> = K extends keyof T ? NonNullable<T[K]> : never;
type Parameters<O, In> = Get<Get<O, 'parameters'>, In>;
type OrNone<T> = [T] extends [never] ? Record<never, never> : T;

interface EntryOf<O> {
  readonly input: OrNone<Parameters<O, 'path'>> & Omit<OrNone<Parameters<O, 'query'>>, 'parts'>;
  readonly body: O extends { readonly requestBody: { readonly content: infer C } } ? C[keyof C] : undefined;
  readonly views: {
    readonly [S in Extract<keyof Get<O, 'responses'>, 200 | 201 | 202 | 204>]: ViewOf<Get<Get<O, 'responses'>, S>>;
  };
  readonly parts: Get<Parameters<O, 'query'>, 'parts'> extends readonly (infer N extends string)[] ? N : never;
  readonly match: Parameters<O, 'header'> extends { readonly 'if-match': string } ? true : false;
  readonly codes: string;
}

type ViewOf<R> = R extends { readonly content: { readonly 'application/json': infer V } }
  ? V
  : R extends { readonly content: object }
    ? Blob
    : undefined;
