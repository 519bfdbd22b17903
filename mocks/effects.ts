type Answer = object | Response;

/** One effect for each `Idempotency-Key` of an owner: sent again, the first answer comes again. */
type Once = (request: Request, owner: string, act: () => Answer) => Answer;

export function createOnce(): Once {
  const answers = new Map<string, Answer>();
  return (request, owner, act) => {
    const key = request.headers.get('idempotency-key');
    if (!key) return act();
    const id = JSON.stringify([owner, key]);
    const answer = answers.get(id) ?? act();
    answers.set(id, answer);
    return answer instanceof Response ? answer.clone() : answer;
  };
}

/** What a request carries; undefined where that is no JSON. */
export async function bodyOf(request: Request): Promise<unknown> {
  return request.json().catch(() => undefined);
}

/** The answer to what has made something: what would be 200 is 201. */
export async function created(answering: Promise<Response>): Promise<Response> {
  const answer = await answering;
  return answer.status === 200 ? new Response(answer.body, { status: 201, headers: answer.headers }) : answer;
}
