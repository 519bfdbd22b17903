/** Three streams that become one. */
export function Logo() {
  return (
    <svg
      width="26"
      height="26"
      viewBox="0 0 26 26"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.6"
      aria-hidden="true"
    >
      <path d="M4 3c0 7 9 6 9 13v7M13 3v13M22 3c0 7-9 6-9 13" strokeLinecap="round" />
    </svg>
  );
}
