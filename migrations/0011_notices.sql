CREATE TABLE `notices` (
	`account_id` text NOT NULL,
	`sha256` text NOT NULL,
	`text` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `sha256`)
) WITHOUT ROWID;
