CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`webhook_secrets` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `api_keys` (
	`hash` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `call_counts` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`day` integer NOT NULL,
	`status` text NOT NULL,
	`direction` text NOT NULL,
	`calls` integer NOT NULL,
	PRIMARY KEY(`account_id`, `mode`, `day`, `status`, `direction`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `calls` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`status` text NOT NULL,
	`direction` text NOT NULL,
	`from_number` text NOT NULL,
	`to_number` text NOT NULL,
	`started_at` integer NOT NULL,
	`answered_at` integer,
	`ended_at` integer,
	`end_reason` text,
	`answered_by` text,
	`price_micros` integer,
	`metadata` text,
	`version` integer NOT NULL,
	PRIMARY KEY(`account_id`, `mode`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `calls_by_status` ON `calls` (`account_id`,`mode`,`status`,`direction`,`id`);--> statement-breakpoint
CREATE TABLE `conferences` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`friendly_name` text,
	`status` text NOT NULL,
	`max_participants` integer NOT NULL,
	`participant_count` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `mode`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `numbers` (
	`e164` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`voice_url` text,
	`voice_fallback_url` text,
	`status_callback` text,
	`tts_language` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `numbers_by_account` ON `numbers` (`account_id`);--> statement-breakpoint
CREATE TABLE `rates` (
	`direction` text NOT NULL,
	`prefix` text NOT NULL,
	`per_minute_micros` integer NOT NULL,
	`first_seconds` integer NOT NULL,
	`next_seconds` integer NOT NULL,
	PRIMARY KEY(`direction`, `prefix`)
) WITHOUT ROWID;
