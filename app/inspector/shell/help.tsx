const KEYS: readonly (readonly [key: string, what: string])[] = [
  ['j k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['/', 'filter'],
  ['s', 'play a scenario'],
  ['r', 'send the request again'],
  ['c', 'copy as curl'],
  ['?', 'this'],
  ['Esc', 'close, or leave a field'],
];

const MARKS: readonly (readonly [mark: string, what: string])[] = [
  ['hit', 'our cache had it, and it was fresh'],
  ['stale', 'served old at once, fetched anew behind it'],
  ['shared', 'another instance had fetched it, and the cache between them had it'],
  ['miss', 'fetched, and kept for the next'],
  ['coalesced', 'another request was fetching it already: both got that answer'],
  ['spare', 'its upstream failed, and an old value stood in'],
  ['uncached', 'fetched, and not kept'],
];

/** What the keys do, each of which is a button or a link too, and what the marks mean. */
export function Help() {
  return (
    <div className="scenario-picker" id="inspector-help" popover="auto" role="dialog" aria-label="Keys and help">
      <h2>Keys</h2>
      <dl className="help-list">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <h2>Where an answer came from</h2>
      <dl className="help-list">
        {MARKS.map(([mark, what]) => (
          <div key={mark}>
            <dt>
              <span className="cache-mark" data-cache={mark}>
                {mark}
              </span>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="soft small">Every state of a screen is in its address: send it to a colleague.</p>
      <button className="panel-button" type="button" popoverTarget="inspector-help" popoverTargetAction="hide">
        Close
      </button>
    </div>
  );
}
