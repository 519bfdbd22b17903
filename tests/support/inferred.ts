import { stripTypeScriptTypes } from 'node:module';
import { z } from 'zod';
import { type Shape, shapeOf as shapeOfText } from '../../scripts/new/shapes/shape.ts';
import type { View } from '../../scripts/new/texts/view.ts';
import { viewText } from '../../scripts/new/texts/view-text.ts';
import { wireText } from '../../scripts/new/texts/wire-text.ts';

export const shapeOf = (value: unknown): Shape => shapeOfText(JSON.stringify(value));

/** What the generator writes for a shape, as one text. */
export const textOf = (shape: Shape): string => {
  const { parts, text } = wireText(shape, 'It');
  return [...parts.map((part) => `const ${part.name} = ${part.text};\n`), `const It = ${text};`].join('');
};

const run = <T>(text: string, names: Record<string, unknown>): T =>
  new Function(...Object.keys(names), `'use strict'; ${text}`)(...Object.values(names));

/** The schema that the generator writes for a shape, at work. */
export const schemaOf = (shape: Shape): z.ZodType => run(`${textOf(shape)} return It;`, { z });

/** A view that the generator writes, at work. */
export function viewAtWork(view: View): { readonly schema: z.ZodType; reshape(wire: unknown): unknown } {
  const { schemas, schema, reshapes, reshape } = viewText(view, 'It', 'wire', 'Wire');
  const parts = schemas.map(({ name, text }) => `const ${name} = ${text};\n`).join('');
  return {
    schema: run(`${parts} return ${schema};`, { z }),
    reshape: run(`${stripTypeScriptTypes(reshapes.join('\n'))}\nreturn (wire) => (${reshape});`, {}),
  };
}
