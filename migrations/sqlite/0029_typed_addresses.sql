-- +goose Up
-- Somebody who had one address confirmed, and typed another while there was no mail server, kept the
-- confirmation through the migration before: it looked for any address of theirs. What was typed is
-- confirmed only if a link to confirm that address was used, or something was mailed to it.
UPDATE users SET email_confirmed = 0, version = version + 1
WHERE email_confirmed = 1
AND EXISTS (SELECT 1 FROM audit_log a, json_each(a.details) d
  WHERE a.subject_id = users.id AND a.event IN ('profile.changed', 'user.changed') AND a.result = 'ok'
  AND d.value ->> 'name' = 'email' AND d.value ->> 'after' = users.email)
AND NOT EXISTS (SELECT 1 FROM audit_log a, json_each(a.details) d
  WHERE a.subject_id = users.id AND a.result = 'ok' AND d.value ->> 'after' = users.email
  AND (a.event = 'email.confirmed' AND d.value ->> 'name' = 'email' OR d.value ->> 'name' = 'sent to'));
