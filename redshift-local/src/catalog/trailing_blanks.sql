-- Blanks at the end of a VARCHAR mean nothing where values are compared [DG r_Character_types], DISTINCT among it (fact 3.2b).
--
-- The operators of text are those of varchar too. What they call is put in their place: the functions of CHAR, whose
-- values look the same inside and are compared that way. So it holds wherever PostgreSQL compares, sorts or hashes: joins,
-- IN, GROUP BY, DISTINCT, PARTITION BY. LIKE, LENGTH and || go on seeing the blanks, as they do on Redshift.
--
-- It is the first file, so that no index over text is older.

UPDATE pg_catalog.pg_operator SET oprcode = CASE oprname
           WHEN '=' THEN 'bpchareq' WHEN '<>' THEN 'bpcharne' WHEN '<' THEN 'bpcharlt'
           WHEN '<=' THEN 'bpcharle' WHEN '>' THEN 'bpchargt' WHEN '>=' THEN 'bpcharge' END::regproc
 WHERE oprleft = 'text'::regtype AND oprright = 'text'::regtype AND oprname IN ('=', '<>', '<', '<=', '>', '>=');

UPDATE pg_catalog.pg_amproc SET amproc = CASE amproc
           WHEN 'bttextcmp'::regproc THEN 'bpcharcmp' WHEN 'bttextsortsupport'::regproc THEN 'bpchar_sortsupport'
           WHEN 'hashtext'::regproc THEN 'hashbpchar' WHEN 'hashtextextended'::regproc THEN 'hashbpcharextended' END::regproc
 WHERE amproclefttype = 'text'::regtype AND amprocrighttype = 'text'::regtype
   AND amproc IN ('bttextcmp'::regproc, 'bttextsortsupport'::regproc, 'hashtext'::regproc, 'hashtextextended'::regproc);
-- An index must not keep one of two texts for both because they are equal.
DELETE FROM pg_catalog.pg_amproc
 WHERE amproclefttype = 'text'::regtype AND amprocrighttype = 'text'::regtype AND amproc = 'btvarstrequalimage'::regproc;
