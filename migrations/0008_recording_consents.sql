CREATE TABLE `recording_consents` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`consent_id` text NOT NULL,
	`recording_id` text NOT NULL,
	`owner_id` text NOT NULL,
	PRIMARY KEY(`account_id`, `mode`, `consent_id`, `recording_id`)
) WITHOUT ROWID;
