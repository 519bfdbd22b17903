import { serve } from '#app/serve.ts';
import { getVisitor } from '#operations/account/visitor.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getVisitor);
