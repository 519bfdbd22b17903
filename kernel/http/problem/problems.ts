import type { ProblemKind } from '#kernel/contract/problem.ts';

/** The engine's own problems by slug (RFC 9457); the last part of a problem's `type`. */
export const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    meaning: 'A path parameter, a query key, a header or the syntax of the body is not as the operation declares it.',
    whatToDo: 'Mend every field listed under "errors", and send the request again.',
    forOperators:
      'Nothing is wrong here. Many of them from one client are a client that was built against another version: its request ids lead to what it sends.',
  },
  'unknown-part': {
    status: 400,
    title: 'There is no such part',
    meaning: 'The parts key names a part that this operation does not have.',
    whatToDo: 'Ask only for parts that the operation declares, or leave the key out to get all of them.',
    forOperators: 'Nothing is wrong here. A part that was renamed breaks clients: names of parts are for ever.',
  },
  'bad-scenario': {
    status: 400,
    title: 'The scenario can not be played',
    meaning: 'The scenario names an upstream or a word that we do not know, or an upstream that is live.',
    whatToDo: 'Write it as upstream=word pairs joined by commas, for mocked upstreams only.',
    forOperators: 'Scenarios are for mocked upstreams. In production, look who sends x-scenario.',
  },
  'two-credentials': {
    status: 400,
    title: 'There are two credentials',
    meaning: 'The request carries a session cookie and a bearer token, and nobody can say which of them is meant.',
    whatToDo: 'Send one of them. Browsers send the cookie by themselves; apps send the bearer and keep no cookies.',
    forOperators: 'Look for an app that shares its cookie store with a browser view, or a proxy that adds credentials.',
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'An idempotency key is missing',
    meaning: 'This operation must not be done twice, and the request has no Idempotency-Key by which to tell.',
    whatToDo: 'Make a new key for each intention, such as a UUID, and send the same one with every retry.',
    forOperators: 'Nothing is wrong here. The client repeats orders and payments at its own risk: have it mended.',
  },
  unauthenticated: {
    status: 401,
    title: 'Please sign in',
    meaning: 'The request carries no valid session or bearer token, and this operation needs one.',
    whatToDo: 'Sign in or refresh the token, and send the request again.',
    forOperators:
      'A few are sessions that ended. Many at once are a provider that is away, a changed signing key, or clocks that differ.',
  },
  'bad-signature': {
    status: 401,
    title: 'The signature does not hold',
    meaning: 'These bytes were not signed by whom we expect here, or not just now.',
    whatToDo: 'Sign every attempt anew, over the very bytes that are sent, with the secret of this address.',
    forOperators:
      'Compare the secret of this sender with ours, and the clocks. During a rotation set both secrets, the new one first.',
  },
  forbidden: {
    status: 403,
    title: 'This is not allowed',
    meaning:
      'We know who is asking, but they may not do this, or the request did not prove that it came from our own pages.',
    whatToDo:
      'Use an account that may do it; from a browser, send the request from our own origin with its CSRF proof.',
    forOperators:
      'From a browser, PUBLIC_URL is probably not the address in its address bar, or a proxy strips Origin and Sec-Fetch-Site.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning: 'The thing that the path names does not exist, or not for you.',
    whatToDo: 'Check the id in the path.',
    forOperators: 'Nothing is wrong here. A sudden rise is a link in the UI or the content that leads nowhere.',
  },
  'no-such-route': {
    status: 404,
    title: 'There is no such route',
    meaning: 'No operation answers at this path.',
    whatToDo: 'Look the path up in the list of operations, which is served as OpenAPI.',
    forOperators: 'Look at who asks: an old app, a scanner, or a proxy that rewrites paths.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    meaning: 'The path exists, but it does not answer this method.',
    whatToDo: 'Use one of the methods that the Allow header lists.',
    forOperators: 'Look at who asks: an old app, or a proxy that turns methods into others.',
  },
  'not-acceptable': {
    status: 406,
    title: 'No acceptable form',
    meaning: 'The Accept header refuses every media type in which this answer exists.',
    whatToDo: 'Accept application/json, or leave the header out.',
    forOperators: 'Look for a proxy that rewrites Accept.',
  },
  conflict: {
    status: 409,
    title: 'The request conflicts with the present state',
    meaning: 'The thing is in a state, or is being changed by another request, in which this can not be done.',
    whatToDo: 'Read it anew, and decide whether to send the request again.',
    forOperators: 'Nothing is wrong here. A rise after a deployment is a client that does not read before it writes.',
  },
  'request-in-progress': {
    status: 409,
    title: 'The same request is under way',
    meaning: 'A request with this Idempotency-Key was begun and has not come to its end.',
    whatToDo: 'Wait as long as Retry-After says, and send the same request with the same key.',
    forOperators:
      'A few are double clicks. Where they last, the first request hangs: look at the upstream that it waits for.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The precondition does not hold',
    meaning: 'The thing has changed since the version that the request names, or it exists already.',
    whatToDo: 'Read it anew, apply the change to what you get, and send it with the new ETag.',
    forOperators: 'Two people, or two tabs, changed the same thing. Nothing was lost, and nothing is to be done.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body has more bytes than this operation takes.',
    whatToDo: 'Send less at once.',
    forOperators: 'The limit stands in the contract of the operation. A proxy with a lower one answers before us.',
  },
  'target-too-long': {
    status: 414,
    title: 'The address is too long',
    meaning: 'Path and query together are longer than 8 KiB.',
    whatToDo: 'Ask for less at once.',
    forOperators: 'Look for a client that collects ids in its query.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has an unsupported type',
    meaning: 'The Content-Type or Content-Encoding of the body is not one that this operation takes.',
    whatToDo:
      'Send the body in a type that the Accept header of this answer lists, in UTF-8 and without a content coding.',
    forOperators: 'Look for a client that compresses what it sends, or a proxy that rewrites Content-Type.',
  },
  'invalid-body': {
    status: 422,
    title: 'The body is not valid',
    meaning: 'The body could be read, but some of its fields are not as the operation declares them.',
    whatToDo: 'Mend every field listed under "errors", and send the request again.',
    forOperators: 'Nothing is wrong here. Many of one field are a form whose rules differ from the schema.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The key belongs to another request',
    meaning: 'This Idempotency-Key was used for another operation, or with another body.',
    whatToDo: 'Use a new key for a new intention.',
    forOperators: 'A client makes its keys from something that is not unique. Have it mended: it may lose writes.',
  },
  'upgrade-required': {
    status: 426,
    title: 'This app is too old',
    meaning:
      'The build that X-App-Version names, such as ios/2.4.0, is older than the oldest one that we still answer. Nothing about the request itself is wrong.',
    whatToDo:
      'Ask the user to update, and open the address in "store"; "minimum" is the oldest build that is answered. Do not retry. A build that can not tell its version should leave the header out: it is then never refused.',
    forOperators:
      'Set MOBILE_MIN_VERSION lower where a build was meant to be answered. A sudden rise is a minimum that was raised before the store had the new build.',
  },
  'precondition-required': {
    status: 428,
    title: 'A precondition is required',
    meaning: 'This operation changes only what you have seen, and the request does not say which version that was.',
    whatToDo: 'Read the thing first, and send its ETag in If-Match.',
    forOperators: 'Nothing is wrong here. The client has to send the ETag that it was given.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    meaning:
      'You have sent more requests than your quota allows in this time: a customer has one wherever they are, all who are not signed in share one per address. The RateLimit-Policy header says how many (q) in how many seconds (w).',
    whatToDo:
      'Wait as many seconds as Retry-After says, and send the request again; sooner it is refused as well. Read RateLimit on earlier answers, what is left (r) until the quota is whole again (t), and slow down before it is used up.',
    forOperators:
      'Where all visitors seem to be one address, set TRUSTED_PROXIES to the number of proxies in front. Else raise RATE_LIMIT_READS, _WRITES or _LOGINS, or look who it is.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The request has more or longer header fields than we take.',
    whatToDo: 'Send fewer or shorter headers; clearing the cookies of this site often helps.',
    forOperators: 'Cookies of other hosts of the same site are the usual reason.',
  },
  'client-left': {
    status: 499,
    title: 'The client left',
    meaning: 'The connection was closed before there was an answer; only logs and traces see this.',
    whatToDo: 'Send the request again if its answer is still wanted.',
    forOperators: 'Nothing is wrong here. A rise means that answers have become slower than people wait.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    meaning: 'We failed in a way that we did not foresee, and it has been written down.',
    whatToDo: 'Try again later; if it stays, tell us the request id.',
    forOperators:
      'Search the log for the request id: the error and where it was thrown stand there. It is a defect of ours.',
  },
  'upstream-failed': {
    status: 502,
    title: 'A service that we depend on failed',
    meaning: 'A part that this answer can not do without could not be had.',
    whatToDo: 'Try again in a moment.',
    forOperators:
      'See which section and upstream the trace names, and whether its breaker is about to open. If an answer could do without it, make it optional.',
  },
  'outcome-unknown': {
    status: 502,
    title: 'Nobody knows whether it was done',
    meaning: 'The change was sent on to a service that then failed or was too slow. It may have happened.',
    whatToDo:
      'Send the same request with the same Idempotency-Key: it is done once at most. Without a key, look first.',
    forOperators:
      'The upstream may have done it. Look for the Idempotency-Key there; a client that repeats with the key is safe.',
  },
  'upstream-contract': {
    status: 502,
    title: 'A service that we depend on answered in an unknown shape',
    meaning:
      'A part that this answer can not do without came in a shape that we do not know, so we did not pass it on.',
    whatToDo: 'Try again later; if it stays, tell us the request id.',
    forOperators:
      'The drift ledger has upstream, path, what was expected and what came. Either the upstream is mended, or the schema in schemas/upstream.',
  },
  overloaded: {
    status: 503,
    title: 'Too busy just now',
    meaning: 'More work is waiting than can be done in time, so this request was not begun.',
    whatToDo: 'Wait as long as Retry-After says, and send the request again.',
    forOperators:
      'More comes in than the upstream takes: look at its latency, its parallel limit, and who asks so much.',
  },
  draining: {
    status: 503,
    title: 'This server is stopping',
    meaning: 'The process is being replaced and takes no new work.',
    whatToDo: 'Send the request again; another process will answer it.',
    forOperators:
      'This is a deployment. Where clients see it, the balancer does not heed readiness, or takes longer than the notice.',
  },
  starting: {
    status: 503,
    title: 'The server is starting',
    meaning: 'The process is not ready to take traffic yet.',
    whatToDo: 'Send the request again in a moment.',
    forOperators: 'This is a start. Where it lasts, the log says what the process waits for.',
  },
  'state-unavailable': {
    status: 503,
    title: 'What we keep can not be reached',
    meaning:
      'The store that holds sessions and deliveries can not be reached. Nobody was signed out, nothing was taken.',
    whatToDo: 'Keep the cookies, and send the request again in a moment.',
    forOperators:
      'The state can not be opened or written: look at DATA_DIR, its disk, and its owner; with STATE_URL at that database.',
  },
  'upstream-open': {
    status: 503,
    title: 'A service that we depend on is resting',
    meaning: 'A service failed so often that we leave it alone for a moment.',
    whatToDo: 'Wait as long as Retry-After says, and send the request again.',
    forOperators:
      'The breaker opened after repeated failures and tries again by itself. The upstream is what has to be looked at.',
  },
  'upstream-timeout': {
    status: 504,
    title: 'A service that we depend on was too slow',
    meaning: 'A part that this answer can not do without was not ready before the deadline.',
    whatToDo: 'Try again in a moment, with a longer x-deadline-ms if you sent a short one.',
    forOperators:
      'See in the trace which section took the time. Raise its timeout only if people would wait for it; else make it optional.',
  },
} as const satisfies Record<string, ProblemKind>;
