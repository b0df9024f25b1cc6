CREATE TABLE `recording_counts` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`day` integer NOT NULL,
	`status` text NOT NULL,
	`recordings` integer NOT NULL,
	PRIMARY KEY(`account_id`, `mode`, `day`, `status`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `recordings` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`call_id` text,
	`conference_id` text,
	`channels` integer NOT NULL,
	`source` text NOT NULL,
	`status` text NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer NOT NULL,
	`stopped_at` integer,
	`seconds` real,
	`failure` text,
	`wav_bytes` integer,
	`mp3_bytes` integer,
	`expires_at` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`account_id`, `mode`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `recordings_by_status` ON `recordings` (`account_id`,`mode`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `recordings_by_call` ON `recordings` (`account_id`,`mode`,`call_id`,`id`) WHERE call_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `recordings_by_conference` ON `recordings` (`account_id`,`mode`,`conference_id`,`id`) WHERE conference_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `recordings_by_expiry` ON `recordings` (`status`,`expires_at`);--> statement-breakpoint
-- Totals of lists without counting rows, as for calls. The day is that of the id.
CREATE TRIGGER recordings_counted_in AFTER INSERT ON recordings BEGIN
  INSERT INTO recording_counts (account_id, mode, day, status, recordings)
  VALUES (NEW.account_id, NEW.mode, NEW.created_at / 86400000, NEW.status, 1)
  ON CONFLICT DO UPDATE SET recordings = recordings + 1;
END;
--> statement-breakpoint
CREATE TRIGGER recordings_counted_over AFTER UPDATE OF status ON recordings WHEN NEW.status <> OLD.status BEGIN
  UPDATE recording_counts SET recordings = recordings - 1
  WHERE account_id = OLD.account_id AND mode = OLD.mode AND day = OLD.created_at / 86400000 AND status = OLD.status;
  INSERT INTO recording_counts (account_id, mode, day, status, recordings)
  VALUES (NEW.account_id, NEW.mode, NEW.created_at / 86400000, NEW.status, 1)
  ON CONFLICT DO UPDATE SET recordings = recordings + 1;
END;
--> statement-breakpoint
CREATE TRIGGER recordings_counted_out AFTER DELETE ON recordings BEGIN
  UPDATE recording_counts SET recordings = recordings - 1
  WHERE account_id = OLD.account_id AND mode = OLD.mode AND day = OLD.created_at / 86400000 AND status = OLD.status;
END;
