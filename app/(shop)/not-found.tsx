export default function NotFound() {
  return (
    <div className="empty">
      <h1>There is nothing here</h1>
      <p>The address may be old, or a letter off.</p>
      <a className="button" href="/">
        To the shop
      </a>
    </div>
  );
}
