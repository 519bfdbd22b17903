import type { z } from 'zod';

interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
}

/** The fields that an object schema takes, under any optional, default or pipe around it; undefined for other schemas. */
export function fieldsOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  return unwrapped(schema).shape;
}

/** Whether a schema takes an array, under any optional, default or pipe around it. */
export function takesArray(schema: z.core.$ZodType): boolean {
  return unwrapped(schema).type === 'array';
}

/** Whether an object does without a field of this schema. */
export function mayBeLeftOut(schema: z.core.$ZodType): boolean {
  return schema._zod.optin === 'optional';
}

/** Whether a schema takes a number, under any optional, default or pipe around it. */
export function takesNumber(schema: z.core.$ZodType): boolean {
  return unwrapped(schema).type === 'number';
}

function unwrapped(schema: z.core.$ZodType): Definition {
  let definition = schema._zod.def as unknown as Definition;
  for (;;) {
    const inner = definition.innerType ?? definition.in;
    if (inner === undefined) return definition;
    definition = inner._zod.def as unknown as Definition;
  }
}
