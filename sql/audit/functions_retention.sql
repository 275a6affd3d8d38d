-- How the oldest entries leave the ledgers, partition by partition where that is possible.

CREATE FUNCTION audit.release_partition(ledger text, partition regclass) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  is_whole boolean;
BEGIN
  -- Only the beginning of what is left of a chain may go: its entries here, and all of them.
  EXECUTE format($query$
    WITH parts AS MATERIALIZED (
      SELECT e.organization_id, e.chain, min(e.seq) AS first_seq, max(e.seq) AS last_seq, count(*) AS entries,
             (array_agg(e.hash ORDER BY e.seq DESC))[1] AS last_hash
        FROM %1$s AS e
       GROUP BY e.organization_id, e.chain),
    released AS (
      UPDATE audit.chain_heads AS h
         SET removed_seq = p.last_seq, removed_hash = p.last_hash
        FROM parts AS p
       WHERE h.ledger = %2$L
         AND h.organization_id IS NOT DISTINCT FROM p.organization_id AND h.chain = p.chain
         AND p.first_seq = h.removed_seq + 1
         AND p.entries = p.last_seq - h.removed_seq
      RETURNING 1)
    SELECT (SELECT count(*) FROM parts) = (SELECT count(*) FROM released)
  $query$, partition, ledger) INTO is_whole;
  RETURN is_whole;
END
$function$;
COMMENT ON FUNCTION audit.release_partition(text, regclass) IS
'Takes the entries of a partition out of their chains, so that what is left can be verified once the partition is gone; false where it holds an entry that an older one elsewhere precedes: then the caller must roll back. To be called with the ledger locked.';
REVOKE ALL ON FUNCTION audit.release_partition(text, regclass) FROM PUBLIC;
