CREATE TABLE `recording_consents` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`consent_id` text NOT NULL,
	`recording_id` text NOT NULL,
	`owner_id` text NOT NULL,
	PRIMARY KEY(`account_id`, `mode`, `consent_id`, `recording_id`)
) WITHOUT ROWID;
--> statement-breakpoint
-- Calls that were over before calls had an end of their own are kept as long as by default: 180 days.
UPDATE calls SET expires_at = ended_at + 15552000000 WHERE ended_at IS NOT NULL AND expires_at IS NULL;
