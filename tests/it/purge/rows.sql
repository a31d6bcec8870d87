-- Rows in every table that grows, all of which end at :end. :rows is a twentieth of them; :id and :bytes are random.

CREATE TEMPORARY TABLE who AS
    SELECT c.id AS client_id, c.organization_id, c.environment, u.id AS user_id
    FROM clients c JOIN users u ON u.organization_id = c.organization_id AND u.environment = c.environment LIMIT 1;

CREATE TEMPORARY TABLE n AS
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows * 4) SELECT i FROM n;

INSERT INTO interactions (id, client_id, organization_id, environment, browser, request, progress, created_at, expires_at)
    SELECT :id, client_id, organization_id, environment, :bytes, '{}', '{}', 1, :end FROM n, who WHERE i <= :rows;

INSERT INTO sessions (id, digest, user_id, organization_id, environment, authentication, expires_at)
    SELECT :id, :bytes, user_id, organization_id, environment, '{}', :end FROM n, who WHERE i <= :rows;

INSERT INTO access_tokens (id, digest, client_id, organization_id, environment, scope, audience, issued_at, expires_at)
    SELECT :id, :bytes, client_id, organization_id, environment, 'a', '[]', 1, :end FROM n, who;

INSERT INTO revoked_tokens (id, expires_at)
    SELECT :id, :end FROM n WHERE i <= :rows * 3;

INSERT INTO replay_marks (issuer, digest, expires_at)
    SELECT client_id, :bytes, :end FROM n, who;

INSERT INTO attempts (key, taken, ends_at)
    SELECT 'ends ' || :end || ' ' || i, 1, :end FROM n WHERE i <= :rows;

INSERT INTO grants (id, client_id, user_id, organization_id, environment, session_id, scope, claims, authentication, created_at, expires_at)
    SELECT :id, client_id, user_id, organization_id, environment, :id, 'a', '{}', '{}', 1, :end FROM n, who WHERE i <= :rows * 2;

INSERT INTO codes (id, digest, grant_id, client_id, organization_id, environment, redirect_uri, redirect_uri_was_sent, expires_at)
    SELECT :id, :bytes, id, client_id, organization_id, environment, 'r', FALSE, :end FROM grants WHERE expires_at = :end;

INSERT INTO refresh_tokens
    (id, digest, grant_id, client_id, organization_id, environment, issued_at, idle_expires_at, absolute_expires_at)
    SELECT :id, :bytes, id, client_id, organization_id, environment, 1, :end, :end FROM grants WHERE expires_at = :end;

DROP TABLE who;
DROP TABLE n;
