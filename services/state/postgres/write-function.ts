/**
 * Does the steps of one write, all or none, in one round trip: a lock on a stream's counter is then held for as long as
 * the database needs, never for as long as a network does. One element of each array is one step; the result has what
 * came of each (a version, an id, a sum, whether it was there), and is NULL where a condition did not hold.
 *
 * The steps are taken in one order of rows everywhere (keys, queues, streams; by name within each), so that two writes
 * never wait for each other. A stream's next id is read from its row under a lock that ends with the commit: ids become
 * visible in their order.
 *
 * `durable` waits for standbys too, where there are any; the rest waits for this server's own disk. Less would lose
 * what was acknowledged when the server is killed.
 */
export const WRITE_FUNCTION = `
CREATE FUNCTION tributary.write(
  at bigint, durable boolean, verbs text[], names text[], texts text[], numbers bigint[], expiries bigint[],
  owners text[], kinds text[], quotas integer[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  step record;
  result bigint;
  results bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(verbs)]);
BEGIN
  PERFORM set_config('synchronous_commit', CASE WHEN durable THEN 'on' ELSE 'local' END, true);
  -- Nearly all conditions that do not hold are seen here, before anything is written.
  IF EXISTS (
    SELECT FROM unnest(verbs, names, numbers) AS s(verb, name, number)
    LEFT JOIN tributary.keys k ON k.key = s.name AND k.expires > at
    WHERE (s.verb = 'claim' AND k.key IS NOT NULL) OR (s.verb = 'swap' AND k.version IS DISTINCT FROM s.number)
  ) THEN RETURN NULL; END IF;

  FOR step IN
    SELECT * FROM unnest(verbs, names, texts, numbers, expiries, owners, kinds, quotas) WITH ORDINALITY
      AS s(verb, name, text, number, expires, owner, kind, quota, place)
    ORDER BY CASE WHEN verb = 'append' THEN 2 WHEN verb IN ('enqueue', 'dequeue') THEN 1 ELSE 0 END,
      name COLLATE "C", CASE WHEN verb IN ('enqueue', 'dequeue') THEN text END COLLATE "C", place
  LOOP
    result := NULL;
    CASE step.verb
      WHEN 'set' THEN
        INSERT INTO tributary.keys AS k VALUES
          (step.name, step.text, nextval('tributary.versions'), step.expires, step.kind, step.owner)
        ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, version = nextval('tributary.versions'),
          expires = EXCLUDED.expires, owner = CASE EXCLUDED.owner WHEN '' THEN k.owner ELSE EXCLUDED.owner END
        RETURNING k.version INTO result;
      WHEN 'claim' THEN
        INSERT INTO tributary.keys AS k VALUES
          (step.name, step.text, nextval('tributary.versions'), step.expires, step.kind, step.owner)
        ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, version = nextval('tributary.versions'),
          expires = EXCLUDED.expires, owner = CASE EXCLUDED.owner WHEN '' THEN k.owner ELSE EXCLUDED.owner END
          WHERE k.expires <= at
        RETURNING k.version INTO result;
      WHEN 'swap' THEN
        UPDATE tributary.keys k SET value = step.text, version = nextval('tributary.versions'),
          expires = step.expires, owner = CASE step.owner WHEN '' THEN k.owner ELSE step.owner END
        WHERE k.key = step.name AND k.version = step.number AND k.expires > at
        RETURNING k.version INTO result;
      WHEN 'remove' THEN
        DELETE FROM tributary.keys k
        WHERE k.key = step.name AND k.expires > at AND (step.number IS NULL OR k.version = step.number)
        RETURNING 1 INTO result;
      WHEN 'count' THEN
        INSERT INTO tributary.keys AS k VALUES
          (step.name, step.number::text, nextval('tributary.versions'), step.expires, step.kind, step.owner)
        ON CONFLICT (key) DO UPDATE SET version = nextval('tributary.versions'),
          value = CASE WHEN k.expires > at THEN k.value::bigint + step.number ELSE step.number END::text,
          expires = CASE WHEN k.expires > at THEN k.expires ELSE EXCLUDED.expires END
        RETURNING k.value::bigint INTO result;
      WHEN 'append' THEN
        INSERT INTO tributary.streams AS s VALUES (step.name, 1)
        ON CONFLICT (stream) DO UPDATE SET last = s.last + 1 RETURNING s.last INTO result;
        INSERT INTO tributary.entries VALUES (step.name, result, step.text);
        DELETE FROM tributary.entries e WHERE e.stream = step.name AND e.id <= result - step.number;
      WHEN 'enqueue' THEN
        INSERT INTO tributary.queues VALUES (step.name, step.text, step.number)
        ON CONFLICT (queue, member) DO UPDATE SET due = EXCLUDED.due;
      WHEN 'dequeue' THEN
        DELETE FROM tributary.queues q WHERE q.queue = step.name AND q.member = step.text;
    END CASE;
    IF result IS NULL AND step.verb IN ('claim', 'swap') THEN
      RAISE EXCEPTION 'a condition no longer holds' USING ERRCODE = 'TB001';
    END IF;
    IF step.owner <> '' THEN
      -- One too many of this owner: what was not written for the longest time. What is being written is not that.
      DELETE FROM tributary.keys k WHERE k.key IN (
        SELECT o.key FROM tributary.keys o WHERE o.key = ANY (ARRAY(
          SELECT key FROM tributary.keys
          WHERE kind = step.kind AND owner = step.owner AND key <> step.name
          ORDER BY version DESC OFFSET step.quota - 1))
        FOR UPDATE SKIP LOCKED);
    END IF;
    results[step.place] := result;
  END LOOP;
  RETURN results;
END $$;`;

/** What the function raises where another write came between its look and its steps. */
export const CONDITION_FAILED = 'TB001';
