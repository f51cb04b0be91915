-- +goose Up
-- An address counted as confirmed when it was typed while there was no mail server. From now on
-- only those are confirmed that something mailed has reached: a link to confirm them was used, or
-- a mailed invitation. Everybody else is asked to confirm theirs once there is mail.
UPDATE users SET email_confirmed = 0, version = version + 1
WHERE email_confirmed = 1
AND NOT EXISTS (SELECT 1 FROM audit_log a WHERE a.subject_id = users.id AND a.event = 'email.confirmed' AND a.result = 'ok')
AND NOT (EXISTS (SELECT 1 FROM audit_log a WHERE a.subject_id = users.id AND a.event = 'user.invited' AND a.result = 'ok' AND a.details LIKE '%"sent to"%')
  AND EXISTS (SELECT 1 FROM audit_log a WHERE a.subject_id = users.id AND a.event = 'password.reset' AND a.result = 'ok'));
