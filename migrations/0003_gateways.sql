CREATE TABLE `operator_keys` (
	`hash` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE TABLE `gateways` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`region` text NOT NULL,
	`capacity` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `trunks` (
	`gateway` text NOT NULL,
	`id` text NOT NULL,
	`prefixes` text NOT NULL,
	`priority` integer NOT NULL,
	`capacity` integer NOT NULL,
	`emergency` text NOT NULL,
	PRIMARY KEY(`gateway`, `id`),
	FOREIGN KEY (`gateway`) REFERENCES `gateways`(`id`) ON UPDATE no action ON DELETE no action
);
