-- +goose Up
-- The words of requests are counted by when they were made, and counted again when what is said in
-- them changes: by whoever decides, or by somebody who asks once more.
CREATE INDEX requests_by_made    ON requests (made_at, id);
CREATE INDEX requests_by_decided ON requests (decided_at);
CREATE INDEX requests_by_again   ON requests (again_at);
CREATE INDEX approvals_by_made   ON approvals (made_at, id);
