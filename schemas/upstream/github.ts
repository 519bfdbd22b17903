import { z } from 'zod';

/** What we read of a push: the branch, and when the repository was pushed to, in seconds since 1970. */
export const GithubPush = z.object({
  ref: z.string(),
  repository: z.object({ full_name: z.string(), default_branch: z.string(), pushed_at: z.int() }),
});
