CREATE TABLE `consents` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`source` text NOT NULL,
	`phone_number` text,
	`purpose` text NOT NULL,
	`basis` text NOT NULL,
	`decision` text NOT NULL,
	`obtained_at` integer NOT NULL,
	`obtained_how` text NOT NULL,
	`evidence_ref` text,
	`expires_at` integer,
	`withdrawn_at` integer,
	`delete_recordings` integer,
	`created_at` integer NOT NULL,
	`call_id` text,
	`language` text,
	`notice_sha256` text,
	`key` text,
	`policy` text,
	PRIMARY KEY(`account_id`, `mode`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `consents_by_number` ON `consents` (`account_id`,`mode`,`phone_number`,`id`);--> statement-breakpoint
CREATE INDEX `consents_on_file` ON `consents` (`account_id`,`mode`,`purpose`,`phone_number`,`expires_at`) WHERE source = 'file' AND decision = 'granted' AND withdrawn_at IS NULL;--> statement-breakpoint
CREATE TABLE `privacy_settings` (
	`account_id` text PRIMARY KEY NOT NULL,
	`recording_policy` text NOT NULL,
	`retention` text NOT NULL,
	`retention_limits` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `calls` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `calls` ADD `legal_hold` integer;--> statement-breakpoint
ALTER TABLE `calls` ADD `retired_at` integer;--> statement-breakpoint
CREATE INDEX `calls_to_retire` ON `calls` (`expires_at`) WHERE expires_at IS NOT NULL AND retired_at IS NULL AND coalesce(legal_hold, 0) = 0;