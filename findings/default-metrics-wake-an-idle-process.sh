#!/usr/bin/env bash
# Package: prom-client 15.1.3 (Linux).
# Guess: metrics are worked out when somebody scrapes, and an idle process stays idle in between.
# Behaviour: `collectDefaultMetrics` starts an event-loop histogram that samples every 10 ms for as long as the process
#   lives: about a hundred wake-ups a second (context switches of the main thread), on a virtual machine 1 to 2 % of a
#   core. A coarser `eventLoopMonitoringPrecision` leaves a few.
# Output seen: wake-ups a second: 0 without, 96 with default metrics, 1 with a precision of 1000 ms
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E prom-client@15.1.3 >/dev/null 2>&1
cat > idle.js <<'JS'
import { readFileSync } from 'node:fs';
import { collectDefaultMetrics } from 'prom-client';
const precision = Number(process.argv[2]);
if (precision > 0) collectDefaultMetrics({ eventLoopMonitoringPrecision: precision });
const switches = () => Number(/voluntary_ctxt_switches:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
setTimeout(() => {
  const [before, began] = [switches(), performance.now()];
  setTimeout(() => console.log(Math.round(((switches() - before) * 1_000) / (performance.now() - began))), 4_000);
}, 1_000);
JS
without=$(node idle.js 0)
default=$(node idle.js 10)
coarse=$(node idle.js 1000)
echo "wake-ups a second: $without without, $default with default metrics, $coarse with a precision of 1000 ms"
[ "$default" -ge 40 ] && [ "$without" -le 15 ] && [ "$coarse" -le 25 ]
