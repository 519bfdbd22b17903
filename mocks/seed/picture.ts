import type { SeedProduct } from './products.ts';

/** One simple shape a department, so that the products of a page differ at a glance. */
const SHAPES: Readonly<Record<string, string>> = {
  lamps: '<path d="M150 120h100l40 110H110z"/><path d="M195 230h10v90h-10zM150 320h100v14H150z"/>',
  kitchen: '<path d="M110 180h160v80a50 50 0 0 1-50 50h-60a50 50 0 0 1-50-50z"/><path d="M270 200h60v18h-60z"/>',
  bedding:
    '<rect x="90" y="150" width="220" height="120" rx="46"/><path d="M120 180q80 40 160 0" fill="none" stroke="#fff" stroke-opacity=".5" stroke-width="6"/>',
  tents: '<path d="M200 110 330 310H70z"/><path d="M200 190l46 120h-92z" fill="#fff" fill-opacity=".45"/>',
  backpacks:
    '<rect x="130" y="130" width="140" height="190" rx="44"/><path d="M165 130a35 35 0 0 1 70 0" fill="none" stroke-width="12"/><rect x="155" y="220" width="90" height="66" rx="14" fill="#fff" fill-opacity=".4"/>',
  bottles:
    '<rect x="160" y="150" width="80" height="180" rx="26"/><rect x="176" y="104" width="48" height="40" rx="8"/>',
  headphones:
    '<path d="M110 240a90 90 0 0 1 180 0" fill="none" stroke-width="20"/><rect x="92" y="226" width="46" height="84" rx="20"/><rect x="262" y="226" width="46" height="84" rx="20"/>',
  speakers:
    '<rect x="130" y="100" width="140" height="220" rx="18"/><circle cx="200" cy="250" r="44" fill="#fff" fill-opacity=".45"/><circle cx="200" cy="155" r="22" fill="#fff" fill-opacity=".45"/>',
  keyboards:
    '<rect x="70" y="160" width="260" height="110" rx="16"/><path d="M95 190h210M95 215h210M130 242h140" fill="none" stroke="#fff" stroke-opacity=".6" stroke-width="12" stroke-dasharray="18 10"/>',
  jackets:
    '<path d="M150 110h100l70 60-30 50-25-18v128H135V202l-25 18-30-50z"/><path d="M200 112v216" fill="none" stroke="#fff" stroke-opacity=".5" stroke-width="5"/>',
  shoes:
    '<path d="M80 200h70l60 46 96 20a26 26 0 0 1 20 26v18H80z"/><path d="M80 310h246v16H80z" fill="#fff" fill-opacity=".5"/>',
  socks:
    '<path d="M150 100h80v130l60 50a30 30 0 0 1-20 52h-40l-80-70z"/><path d="M150 126h80" fill="none" stroke="#fff" stroke-opacity=".6" stroke-width="12"/>',
};

/** A picture of a product as SVG: its category's shape in the product's own hue, turned a little for each view. */
export function pictureOf({ hue, category, title, colour }: SeedProduct, view: number): string {
  const shape = SHAPES[category.id] ?? '';
  const turn = (view - 1) * 7;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img" aria-label="${escapeXml(`${title}, ${colour}`)}">
<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl(${hue} 42% 93%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360} 38% 82%)"/></linearGradient></defs>
<rect width="400" height="400" fill="url(#g)"/><ellipse cx="200" cy="345" rx="${120 - view * 8}" ry="12" fill="hsl(${hue} 30% 40%)" fill-opacity=".16"/>
<g fill="hsl(${hue} 34% 46%)" stroke="hsl(${hue} 34% 46%)" transform="rotate(${turn} 200 220)">${shape}</g></svg>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
