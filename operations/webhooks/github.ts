import { GithubPush } from '#schemas/upstream/github.ts';
import { tags } from '#services/tags.ts';
import { topics } from '#services/topics.ts';
import { on, type Table } from './table.ts';

/** The content repository, whose main branch is what the content upstream serves. */
export const githubEvents: Table = {
  push: on(GithubPush, ({ ref, repository: { full_name, default_branch, pushed_at } }) => {
    const object = { id: `${full_name} ${ref}`, version: pushed_at };
    if (ref !== `refs/heads/${default_branch}`) return { object };
    return {
      object,
      purge: [tags.home],
      publish: [{ topic: topics.promotions, event: 'content', data: { id: 'home', version: pushed_at } }],
    };
  }),
};
