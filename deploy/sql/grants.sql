-- What the loader's database user may do, and no more. Run by an administrator, once for each schema it loads into.
--
--   psql -v loader=s3_to_redshift_loader -v target_schema=api_hits -v ledger_schema=s3_to_redshift -f deploy/sql/grants.sql
--
-- The user itself is made beforehand, with a plain or md5 password: a sha256 one makes the server ask for a digest that
-- common PostgreSQL drivers do not know.
--
--   CREATE USER s3_to_redshift_loader PASSWORD '…';
\if :{?ledger_schema}
\else
  \set ledger_schema s3_to_redshift
\endif

-- The ledger: read to see what is done, and append. The loader changes and deletes nothing in it. Whoever runs `prune` may
-- also delete, best as a user of its own:
--
--   GRANT USAGE ON SCHEMA s3_to_redshift TO s3_to_redshift_prune;
--   GRANT SELECT, DELETE ON s3_to_redshift.loads, s3_to_redshift.superseded_messages, s3_to_redshift.files TO s3_to_redshift_prune;
GRANT USAGE ON SCHEMA :"ledger_schema" TO :"loader";
GRANT SELECT, INSERT ON :"ledger_schema".loads, :"ledger_schema".superseded_messages, :"ledger_schema".files TO :"loader";

-- What is paused. A daemon only reads it; who pauses or resumes, by a command or through the daemon's HTTP port, writes. The
-- table is there once deploy/sql/ledger.sql or the first pause has made it.
GRANT SELECT, INSERT, DELETE ON :"ledger_schema".pauses TO :"loader";

-- To name who holds a table that a load waits for, the loader must see other users' sessions in SVV_TRANSACTIONS. It
-- then sees their statements too; leave it out if that is too much.
--
--   ALTER USER s3_to_redshift_loader SYSLOG ACCESS UNRESTRICTED;

-- The target schema: create missing tables in it. Adding columns and COPY with STATUPDATE need the table's owner; where
-- others made a table, give it to the loader: ALTER TABLE t OWNER TO loader.
GRANT USAGE, CREATE ON SCHEMA :"target_schema" TO :"loader";
GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA :"target_schema" TO :"loader";
