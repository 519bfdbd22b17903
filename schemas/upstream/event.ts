import { z } from 'zod';

/**
 * The event that our microservices send when something of theirs has changed; `object.version` rises with every change
 * of it.
 */
export const UpstreamEvent = z.object({
  /** `pricing.price.changed`: service, noun, what happened. */
  type: z.string().regex(/^[a-z]+(?:\.[a-z]+){2}$/),
  object: z.object({
    id: z.string().min(1).max(256),
    version: z.int().min(0),
    /** What it is of, where that is something else: a review's product, a message's conversation. */
    of: z.string().min(1).max(256).optional(),
    /** The owner: a subject at our issuer. */
    owner: z.string().min(1).max(256).optional(),
  }),
});
export type UpstreamEvent = z.infer<typeof UpstreamEvent>;

/** What belongs to one customer names its owner. */
export const OwnedEvent = UpstreamEvent.extend({ object: UpstreamEvent.shape.object.required({ owner: true }) });
/** What is of something says of what. */
export const RelatedEvent = UpstreamEvent.extend({ object: UpstreamEvent.shape.object.required({ of: true }) });

/** What mocks sign with. It stands in the open, so it is taken on this machine only. */
export const DEVELOPMENT_SECRET = 'whsec_b25seS1mb3ItbW9ja3Mtb24tbG9vcGJhY2shIQ==';
