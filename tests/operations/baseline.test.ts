import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operations } from '#operations/index.ts';
import { ABOUT } from '#operations/shape/about.ts';
import { openApi } from '#reference/document.ts';
import baseline from '#tests/reference/baseline.json' with { type: 'json' };
import { baselineAfter, breaks, HOW_TO_ACCEPT } from '#tests/reference/breaks.ts';
import { type Shape, shapeOf } from '#tests/reference/shape.ts';
import { runs } from '#tests/support/long.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document is taken apart here by way of its parts.
type Any = any;

const TODAY = '2026-11-23';
const document = openApi(operations, ABOUT, {});
const now = shapeOf(document);

test('nothing has changed that breaks a program that is out already', () => {
  const said = breaks(baseline as unknown as Shape, now, new Date().toISOString().slice(0, 10));
  if (said.length > 0) expect.fail(`\n${said.join('\n')}\n\n${HOW_TO_ACCEPT}`);
});

/** What is said of the API as it is now once it has been changed. */
function after(change: (paths: Any, schemas: Any) => void, today = TODAY): string[] {
  const changed = structuredClone(document) as Any;
  change(changed.paths, changed.components.schemas);
  return breaks(now, shapeOf(changed), today);
}

const drop = (list: string[], word: string) => list.splice(list.indexOf(word), 1);
const parameter = (one: Any, name: string) => one.parameters.find((each: Any) => each.name === name);

describe('one sentence says what breaks', () => {
  test.each<[string, (paths: Any, schemas: Any) => void, string[]]>([
    [
      'a field that is gone',
      (_, { Image }) => delete Image.properties.alt,
      ['Image.alt is gone: builds that are out read it.'],
    ],
    [
      'a field that has another name',
      (_, { Image }) => {
        Image.properties.text = Image.properties.alt;
        delete Image.properties.alt;
      },
      ['Image.alt is gone, and text is new: builds that are out read it.'],
    ],
    [
      'another type',
      (_, { Image }) => (Image.properties.alt.type = 'integer'),
      ['Image.alt was string, and is integer.'],
    ],
    [
      'another format',
      (_, { Rating }) => delete Rating.properties.count.format,
      ['Rating.count was integer int64, and is integer.'],
    ],
    ['a field that may be left out', (_, { Image }) => drop(Image.required, 'alt'), ['Image.alt may be left out now.']],
    [
      'a field that may be null',
      (_, { Image }) => (Image.properties.alt.type = ['string', 'null']),
      ['Image.alt may be null now.'],
    ],
    [
      'what is sent and answered, once for each',
      (_, { Money }) => delete Money.properties.currency,
      [
        'Money.currency is taken no more: builds that are out send it.',
        'Money.currency is gone: builds that are out read it.',
      ],
    ],
    [
      'another schema in a place, without a word of what is in it',
      (_, { Price }) => (Price.properties.now.$ref = '#/components/schemas/Rating'),
      ['Price.now was Money, and is Rating.'],
    ],
    [
      'one more kind of a choice',
      (_, { HomeBlock }) => HomeBlock.oneOf.push({ $ref: '#/components/schemas/Image' }),
      ['HomeBlock may be Image now: generated code takes the kinds that it knows.'],
    ],
    [
      'another word that tells a kind apart',
      (_, { HeroBlock }) => (HeroBlock.properties.kind.const = 'banner'),
      ['HeroBlock.kind was string "hero", and is string "banner".'],
    ],
    [
      'a word that is not taken any more',
      (paths) => drop(parameter(paths['/api/products'].get, 'sort').schema.enum, 'title'),
      ['searchProducts query sort does not take title any more.'],
    ],
    [
      'a part that is not offered any more',
      (paths) => drop(parameter(paths['/api/products/{id}'].get, 'parts').schema.items.enum, 'stock'),
      ['getProduct query parts[] does not take stock any more.'],
    ],
    [
      'a bound that has become narrower',
      (paths) => (parameter(paths['/api/products'].get, 'limit').schema.maximum = 24),
      ['searchProducts query limit has a narrower maximum: 24 instead of 48.'],
    ],
    [
      'another default',
      (paths) => (parameter(paths['/api/products'].get, 'currency').schema.default = 'USD'),
      ['searchProducts query currency is "USD" instead of "EUR" where it is left out.'],
    ],
    [
      'a pattern',
      (_, { AddressDraft }) => (AddressDraft.properties.city.pattern = '^[A-Z]'),
      ['AddressDraft.city has another pattern: ^[A-Z].'],
    ],
    [
      'a new field that has to be sent',
      (_, { OrderRequest }) => {
        OrderRequest.properties.consent = { type: 'boolean' };
        OrderRequest.required.push('consent');
      },
      ['OrderRequest.consent is new and required: builds that are out don’t send it.'],
    ],
    [
      'a field that has to be sent from now on',
      (_, { OrderRequest }) => OrderRequest.required.push('total'),
      ['OrderRequest.total is required now: builds that are out may not send it.'],
    ],
    [
      'a field that may not be sent any more',
      (_, { OrderRequest }) => delete OrderRequest.properties.total,
      ['OrderRequest.total is taken no more: builds that are out send it.'],
    ],
    [
      'a body where there was none',
      (paths) => (paths['/api/exports'].post.requestBody = { content: {} }),
      ['createExport body is new and required: builds that are out don’t send it.'],
    ],
    [
      'a media type that is not taken any more',
      (paths) => delete paths['/api/orders'].post.requestBody.content['application/x-www-form-urlencoded'],
      ['placeOrder application/x-www-form-urlencoded is taken no more.'],
    ],
    [
      'a code of a problem',
      (paths) =>
        delete paths['/api/orders'].post.responses[409].content['application/problem+json'].examples['cart-empty'],
      ['placeOrder has no problem cart-empty at 409 any more: programs tell problems apart by it.'],
    ],
    [
      'the status of problems',
      (paths) => delete paths['/api/mobile/home'].get.responses[426],
      ['getMobileHome has no problems at 426 any more: it had upgrade-required.'],
    ],
    [
      'a status',
      (paths) => {
        const { responses } = paths['/api/orders'].post;
        responses[200] = responses[201];
        delete responses[201];
      },
      ['placeOrder never answers 201 any more.'],
    ],
    [
      'a header',
      (paths) => delete paths['/api/home'].get.responses[200].headers.ETag,
      ['getHome 200 has no ETag any more.'],
    ],
    [
      'a media type that is not answered any more',
      (paths) => delete paths['/api/home'].get.responses[200].content['text/event-stream'],
      ['getHome 200 text/event-stream is answered no more.'],
    ],
    [
      'a login where none was needed',
      (paths) => (paths['/api/home'].get.security = [{ bearer: [] }]),
      ['getHome wants a credential now.'],
    ],
    [
      'an operation that is gone',
      (paths) => delete paths['/api/categories'],
      ['getCategories (GET /api/categories) is gone. It was never deprecated.'],
    ],
    [
      'another id',
      (paths) => (paths['/api/categories'].get.operationId = 'listCategories'),
      ['getCategories is called listCategories now: an id is for ever, methods are named after it.'],
    ],
    [
      'another address',
      (paths) => {
        paths['/api/menu'] = paths['/api/categories'];
        delete paths['/api/categories'];
      },
      ['getCategories was GET /api/categories, and is GET /api/menu: builds ask the old address.'],
    ],
    [
      'an address that is another operation’s now',
      (paths) => {
        paths['/api/menu'] = paths['/api/categories'];
        paths['/api/categories'] = { get: { ...paths['/api/home'].get, operationId: 'getNew' } };
      },
      [
        'getCategories was GET /api/categories, and is GET /api/menu: builds ask the old address.',
        'getNew stands at GET /api/categories, which was getCategories: builds may still ask for that.',
      ],
    ],
  ])('%s', (_, change, said) => expect(after((paths, schemas) => void change(paths, schemas))).toEqual(said));
});

test('every field of every answer is held, and every input', () => {
  const held = (['answered', 'sent'] as const).flatMap((side) =>
    Object.entries(now[side]).flatMap(([place, facts]) => Object.keys(facts).map((way) => [side, place, way] as const)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...held), ([side, place, way]) => {
      const { [way]: _, ...rest } = now[side][place] ?? {};
      const less = { ...now, [side]: { ...now[side], [place]: rest } };
      expect(breaks(now, less, TODAY)).toHaveLength(1);
      // The other way round it is an addition, but where it has to be sent.
      expect(breaks(less, now, TODAY)).toHaveLength(side === 'sent' && now.sent[place]?.[way]?.required ? 1 : 0);
    }),
    { numRuns: runs(200) },
  );
});

test('what is added, and what takes more than it did, breaks nothing', () => {
  const said = after((paths, schemas) => {
    schemas.Image.properties.text = { type: 'string' };
    schemas.Image.required.push('text');
    schemas.Review.required = Object.keys(schemas.Review.properties);
    schemas.OrderRequest.properties.note = {
      type: 'object',
      required: ['text'],
      properties: { text: { type: 'string' } },
    };
    drop(schemas.OrderRequest.required, 'service');
    parameter(paths['/api/products'].get, 'sort').schema.enum.push('price');
    parameter(paths['/api/products'].get, 'limit').schema.maximum = 96;
    paths['/api/home'].get.parameters.push({ in: 'query', name: 'hero', required: false, schema: { type: 'string' } });
    paths['/api/account'].get.security.push({});
    paths['/api/home'].get.responses[404] = paths['/api/products/{id}'].get.responses[404];
    paths['/api/new'] = { get: { ...paths['/api/home'].get, operationId: 'getNew' } };
  });
  expect(said).toEqual([]);
});

describe('an operation that was deprecated', () => {
  const without = (paths: Any) => void delete paths['/api/v1/home'];
  const { sunset = '' } = now.operations.getHomeV1 ?? {};

  test('may go on its sunset, and not a day before', () => {
    expect(after(without, '2027-06-29')).toEqual([
      `getHomeV1 (GET /api/v1/home) is gone. It was to stay until ${sunset}.`,
    ]);
    expect(after(without, sunset)).toEqual([]);
  });

  test('does not go sooner than announced', () => {
    const said = after((paths) => (paths['/api/v1/home'].get['x-sunset'] = '2026-12-01'));
    expect(said).toEqual([`getHomeV1 was to stay until ${sunset}, and goes on 2026-12-01.`]);
  });

  test('leaves its id and its address to no other, but may come back', () => {
    const { getHomeV1, ...rest } = now.operations;
    if (getHomeV1 === undefined) throw new Error('there is no old door any more: take another one');
    const left = baselineAfter(now, { ...now, operations: rest });
    const atOnce = { ...now, operations: { ...rest, getFirst: getHomeV1 } };
    expect(breaks(now, atOnce, sunset)).toEqual([expect.stringMatching(/^getHomeV1 is called getFirst now/)]);
    expect(left.gone).toEqual({ getHomeV1: 'GET /api/v1/home' });
    const later = (more: Shape['operations']) => breaks(left, { ...now, operations: { ...rest, ...more } }, sunset);
    expect(later({ getHomeV1: { ...getHomeV1, route: 'GET /api/homes' } })).toEqual([
      'getHomeV1 was GET /api/v1/home once: a new operation needs a new id.',
    ]);
    expect(later({ getFirst: getHomeV1 })).toEqual([
      'getFirst stands at GET /api/v1/home, which was getHomeV1: builds may still ask for that.',
    ]);
    expect(later({ getHomeV1 })).toEqual([]);
    expect(baselineAfter(left, now).gone).toEqual({});
  });
});
