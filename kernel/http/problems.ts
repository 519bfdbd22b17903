import type { ProblemKind } from '#kernel/contract/problem-kind.ts';

/** The engine's own problems by slug (RFC 9457); the last part of a problem's `type`. */
export const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    meaning: 'A path parameter, a query key, a header or the syntax of the body is not as the operation declares it.',
    whatToDo: 'Mend every field listed under "errors", and send the request again.',
  },
  'unknown-part': {
    status: 400,
    title: 'There is no such part',
    meaning: 'The parts key names a part that this operation does not have.',
    whatToDo: 'Ask only for parts that the operation declares, or leave the key out to get all of them.',
  },
  'bad-scenario': {
    status: 400,
    title: 'The scenario can not be played',
    meaning: 'The scenario names an upstream or a word that we do not know, or an upstream that is live.',
    whatToDo: 'Write it as upstream=word pairs joined by commas, for mocked upstreams only.',
  },
  'two-credentials': {
    status: 400,
    title: 'There are two credentials',
    meaning: 'The request carries a session cookie and a bearer token, and nobody can say which of them is meant.',
    whatToDo: 'Send one of them. Browsers send the cookie by themselves; apps send the bearer and keep no cookies.',
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'An idempotency key is missing',
    meaning: 'This operation must not be done twice, and the request has no Idempotency-Key by which to tell.',
    whatToDo: 'Make a new key for each intention, such as a UUID, and send the same one with every retry.',
  },
  unauthenticated: {
    status: 401,
    title: 'Please sign in',
    meaning: 'The request carries no valid session or bearer token, and this operation needs one.',
    whatToDo: 'Sign in or refresh the token, and send the request again.',
  },
  'bad-signature': {
    status: 401,
    title: 'The signature does not hold',
    meaning: 'These bytes were not signed by whom we expect here, or not just now.',
    whatToDo: 'Sign every attempt anew, over the very bytes that are sent, with the secret of this address.',
  },
  forbidden: {
    status: 403,
    title: 'This is not allowed',
    meaning:
      'We know who is asking, but they may not do this, or the request did not prove that it came from our own pages.',
    whatToDo:
      'Use an account that may do it; from a browser, send the request from our own origin with its CSRF proof.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning: 'The thing that the path names does not exist, or not for you.',
    whatToDo: 'Check the id in the path.',
  },
  'no-such-route': {
    status: 404,
    title: 'There is no such route',
    meaning: 'No operation answers at this path.',
    whatToDo: 'Look the path up in the list of operations, which is served as OpenAPI.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    meaning: 'The path exists, but it does not answer this method.',
    whatToDo: 'Use one of the methods that the Allow header lists.',
  },
  'not-acceptable': {
    status: 406,
    title: 'No acceptable form',
    meaning: 'The Accept header refuses every media type in which this answer exists.',
    whatToDo: 'Accept application/json, or leave the header out.',
  },
  conflict: {
    status: 409,
    title: 'The request conflicts with the present state',
    meaning: 'The thing is in a state, or is being changed by another request, in which this can not be done.',
    whatToDo: 'Read it anew, and decide whether to send the request again.',
  },
  'request-in-progress': {
    status: 409,
    title: 'The same request is under way',
    meaning: 'A request with this Idempotency-Key was begun and has not come to its end.',
    whatToDo: 'Wait as long as Retry-After says, and send the same request with the same key.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The precondition does not hold',
    meaning: 'The thing has changed since the version that the request names, or it exists already.',
    whatToDo: 'Read it anew, apply the change to what you get, and send it with the new ETag.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body has more bytes than this operation takes.',
    whatToDo: 'Send less at once.',
  },
  'target-too-long': {
    status: 414,
    title: 'The address is too long',
    meaning: 'Path and query together are longer than 8 KiB.',
    whatToDo: 'Ask for less at once.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has an unsupported type',
    meaning: 'The Content-Type or Content-Encoding of the body is not one that this operation takes.',
    whatToDo:
      'Send the body in a type that the Accept header of this answer lists, in UTF-8 and without a content coding.',
  },
  'invalid-body': {
    status: 422,
    title: 'The body is not valid',
    meaning: 'The body could be read, but some of its fields are not as the operation declares them.',
    whatToDo: 'Mend every field listed under "errors", and send the request again.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The key belongs to another request',
    meaning: 'This Idempotency-Key was used for another operation, or with another body.',
    whatToDo: 'Use a new key for a new intention.',
  },
  'upgrade-required': {
    status: 426,
    title: 'This app is too old',
    meaning:
      'The build that X-App-Version names, such as ios/2.4.0, is older than the oldest one that we still answer. Nothing about the request itself is wrong.',
    whatToDo:
      'Ask the user to update, and open the address in "store"; "minimum" is the oldest build that is answered. Do not retry. A build that can not tell its version should leave the header out: it is then never refused.',
  },
  'precondition-required': {
    status: 428,
    title: 'A precondition is required',
    meaning: 'This operation changes only what you have seen, and the request does not say which version that was.',
    whatToDo: 'Read the thing first, and send its ETag in If-Match.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    meaning:
      'You have sent more requests than your quota allows in this time: a customer has one wherever they are, all who are not signed in share one per address. The RateLimit-Policy header says how many (q) in how many seconds (w).',
    whatToDo:
      'Wait as many seconds as Retry-After says, and send the request again; sooner it is refused as well. Read RateLimit on earlier answers, what is left (r) until the quota is whole again (t), and slow down before it is used up.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The request has more or longer header fields than we take.',
    whatToDo: 'Send fewer or shorter headers; clearing the cookies of this site often helps.',
  },
  'client-left': {
    status: 499,
    title: 'The client left',
    meaning: 'The connection was closed before there was an answer; only logs and traces see this.',
    whatToDo: 'Send the request again if its answer is still wanted.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    meaning: 'We failed in a way that we did not foresee, and it has been written down.',
    whatToDo: 'Try again later; if it stays, tell us the request id.',
  },
  'upstream-failed': {
    status: 502,
    title: 'A service that we depend on failed',
    meaning: 'A part that this answer can not do without could not be had.',
    whatToDo: 'Try again in a moment.',
  },
  'outcome-unknown': {
    status: 502,
    title: 'Nobody knows whether it was done',
    meaning: 'The change was sent on to a service that then failed or was too slow. It may have happened.',
    whatToDo:
      'Send the same request with the same Idempotency-Key: it is done once at most. Without a key, look first.',
  },
  'upstream-contract': {
    status: 502,
    title: 'A service that we depend on answered in an unknown shape',
    meaning:
      'A part that this answer can not do without came in a shape that we do not know, so we did not pass it on.',
    whatToDo: 'Try again later; if it stays, tell us the request id.',
  },
  overloaded: {
    status: 503,
    title: 'Too busy just now',
    meaning: 'More work is waiting than can be done in time, so this request was not begun.',
    whatToDo: 'Wait as long as Retry-After says, and send the request again.',
  },
  draining: {
    status: 503,
    title: 'This server is stopping',
    meaning: 'The process is being replaced and takes no new work.',
    whatToDo: 'Send the request again; another process will answer it.',
  },
  starting: {
    status: 503,
    title: 'The server is starting',
    meaning: 'The process is not ready to take traffic yet.',
    whatToDo: 'Send the request again in a moment.',
  },
  'state-unavailable': {
    status: 503,
    title: 'What we keep can not be reached',
    meaning:
      'The store that holds sessions and deliveries can not be reached. Nobody was signed out, nothing was taken.',
    whatToDo: 'Keep the cookies, and send the request again in a moment.',
  },
  'upstream-open': {
    status: 503,
    title: 'A service that we depend on is resting',
    meaning: 'A service failed so often that we leave it alone for a moment.',
    whatToDo: 'Wait as long as Retry-After says, and send the request again.',
  },
  'upstream-timeout': {
    status: 504,
    title: 'A service that we depend on was too slow',
    meaning: 'A part that this answer can not do without was not ready before the deadline.',
    whatToDo: 'Try again in a moment, with a longer x-deadline-ms if you sent a short one.',
  },
} as const satisfies Record<string, ProblemKind>;
