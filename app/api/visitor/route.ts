import { serve } from '#app/serve.ts';
import { getVisitor } from '#operations/visitor.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getVisitor);
