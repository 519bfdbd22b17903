// A hand-written cache: the bytes are kept in a map, the handler only writes them.
const kept = new Map();

export async function GET(_, { params }) {
  const { id } = await params;
  let bytes = kept.get(id);
  if (bytes === undefined) {
    const answer = await fetch(process.env.SOURCE, { cache: 'no-store' });
    bytes = await answer.arrayBuffer();
    kept.set(id, bytes);
  }
  return new Response(bytes, { headers: { 'content-type': 'application/json' } });
}
