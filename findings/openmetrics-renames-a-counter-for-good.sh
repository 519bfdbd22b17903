#!/usr/bin/env bash
# Package: prom-client 15.1.3.
# Guess: a registry can be written in either format: `setContentType` chooses, and each text has its own names.
# Behaviour: writing OpenMetrics takes `_total` off the names of counters in the registry itself. Written as plain text
#   afterwards the counter has another name than before, so that a scraper that asks for text loses its series.
# Output seen: before: orders_total 1 / after: orders 1
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E prom-client@15.1.3 >/dev/null 2>&1
cat > seen.js <<'JS'
import { Counter, Registry } from 'prom-client';
const registry = new Registry();
new Counter({ name: 'orders_total', help: 'orders', registers: [registry] }).inc();
const line = async () => (await registry.metrics()).split('\n').find((one) => one.startsWith('orders'));
console.log('before:', await line());
registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
await registry.metrics();
registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
console.log('after:', await line());
JS
node seen.js | tee seen.txt
diff <(printf 'before: orders_total 1\nafter: orders 1\n') seen.txt
