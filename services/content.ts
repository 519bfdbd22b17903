import { cache } from '#kernel/cache/policy.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { ContentPage } from '#schemas/upstream/content.ts';
import { tags } from './tags.ts';

const http = upstream('content', { timeout: 600, attempts: 2, parallel: 16 });

export const content = {
  home: (locale: string) =>
    http.get(
      path`pages/home`.query({ locale }),
      ContentPage,
      cache.for('60s').staleFor('1h').staleOnError('7d').tagged(tags.home),
    ),
};
