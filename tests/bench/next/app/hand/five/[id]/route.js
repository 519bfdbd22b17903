import { composeByHand } from '../../../../../by-hand.js';

// A route handler as its documentation writes one.
async function ask(path, body) {
  const init = body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(process.env.UPSTREAMS + path, { cache: 'no-store', ...init });
  return answer.json();
}

export async function GET(_, { params }) {
  const { id } = await params;
  return Response.json(await composeByHand(id, ask));
}
