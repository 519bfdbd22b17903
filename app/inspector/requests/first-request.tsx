import { nextEngine } from '#app/engine.ts';
import { isRead } from '#kernel/contract/operation.ts';

/** What stands where no request has come yet: a button that sends one. */
export function FirstRequest() {
  const first = nextEngine().operations.find(
    (operation) => isRead(operation) && operation.contract.audience === 'public' && operation.contract.parts,
  );
  return (
    <div className="empty">
      <h2>No request yet</h2>
      <p>Open the shop, ask the API, or begin here: whatever is asked stands here at once, without reloading.</p>
      {first && (
        <form method="post" action={`/inspector/endpoints/${first.contract.id}/try`}>
          {Object.entries(first.contract.example).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={String(value)} />
          ))}
          <button className="button" type="submit" data-key="r">
            {`Send ${first.route.method} ${first.route.template}`}
          </button>
        </form>
      )}
      <p className="soft small">
        Or press <kbd>r</kbd>.
      </p>
    </div>
  );
}
