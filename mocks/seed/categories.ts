/** What a category sells: words for its products and the span of their prices, in cents. */
export interface Category {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
  readonly nouns: readonly string[];
  readonly materials: readonly string[];
  readonly cheapest: number;
  readonly dearest: number;
}

export const DEPARTMENTS = [
  { id: 'home', name: 'Home' },
  { id: 'outdoor', name: 'Outdoor' },
  { id: 'electronics', name: 'Electronics' },
  { id: 'clothing', name: 'Clothing' },
] as const;

const category = (
  parent: string,
  id: string,
  name: string,
  nouns: string,
  materials: string,
  cheapest: number,
  dearest: number,
): Category => ({ id, name, parent, nouns: nouns.split(', '), materials: materials.split(', '), cheapest, dearest });

export const CATEGORIES: readonly Category[] = [
  category(
    'home',
    'lamps',
    'Lamps',
    'Table Lamp, Floor Lamp, Pendant, Wall Light, Reading Lamp',
    'brass, oak, linen, smoked glass',
    2_900,
    44_900,
  ),
  category(
    'home',
    'kitchen',
    'Kitchen',
    'Chef’s Knife, Kettle, Frying Pan, Cutting Board, Mixing Bowl',
    'steel, copper, walnut, stoneware',
    900,
    24_900,
  ),
  category(
    'home',
    'bedding',
    'Bedding',
    'Duvet Cover, Pillow, Blanket, Fitted Sheet, Throw',
    'linen, cotton, merino wool, bamboo',
    1_900,
    29_900,
  ),
  category(
    'outdoor',
    'tents',
    'Tents',
    'Tunnel Tent, Dome Tent, Tarp, Bivouac, Sun Shelter',
    'ripstop nylon, canvas, polyester',
    5_900,
    89_900,
  ),
  category(
    'outdoor',
    'backpacks',
    'Backpacks',
    'Daypack, Trekking Pack, Roll-Top, Travel Pack, Sling',
    'recycled nylon, waxed canvas, cordura',
    3_900,
    32_900,
  ),
  category(
    'outdoor',
    'bottles',
    'Bottles',
    'Flask, Bottle, Thermos Mug, Food Jar, Water Bag',
    'steel, titanium, glass, tritan',
    300,
    6_900,
  ),
  category(
    'electronics',
    'headphones',
    'Headphones',
    'Headphones, Earbuds, Studio Monitors, Sport Buds',
    'aluminium, leather, recycled plastic',
    2_900,
    59_900,
  ),
  category(
    'electronics',
    'speakers',
    'Speakers',
    'Bookshelf Speaker, Portable Speaker, Soundbar, Radio',
    'walnut, felt, aluminium',
    3_900,
    89_900,
  ),
  category(
    'electronics',
    'keyboards',
    'Keyboards',
    'Keyboard, Numpad, Compact Keyboard, Split Keyboard',
    'aluminium, PBT, bamboo',
    4_900,
    34_900,
  ),
  category(
    'clothing',
    'jackets',
    'Jackets',
    'Rain Jacket, Parka, Overshirt, Fleece, Down Jacket',
    'merino wool, recycled down, waxed cotton',
    7_900,
    69_900,
  ),
  category(
    'clothing',
    'shoes',
    'Shoes',
    'Trail Runner, Sneaker, Hiking Boot, Loafer, Sandal',
    'suede, leather, mesh, cork',
    4_900,
    29_900,
  ),
  category(
    'clothing',
    'socks',
    'Socks',
    'Hiking Socks, Crew Socks, Ankle Socks, Wool Socks',
    'merino wool, cotton, bamboo',
    700,
    3_900,
  ),
];
