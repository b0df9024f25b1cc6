CREATE TABLE `conference_counts` (
	`account_id` text NOT NULL,
	`mode` text NOT NULL,
	`status` text NOT NULL,
	`conferences` integer NOT NULL,
	PRIMARY KEY(`account_id`, `mode`, `status`)
);
--> statement-breakpoint
ALTER TABLE `conferences` ADD `started_at` integer;--> statement-breakpoint
ALTER TABLE `conferences` ADD `ended_at` integer;--> statement-breakpoint
ALTER TABLE `conferences` ADD `end_reason` text;--> statement-breakpoint
ALTER TABLE `conferences` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `conferences_by_status` ON `conferences` (`account_id`,`mode`,`status`,`id`);--> statement-breakpoint
-- Totals of lists without counting rows, as for calls.
INSERT INTO conference_counts (account_id, mode, status, conferences)
SELECT account_id, mode, status, count(*) FROM conferences GROUP BY account_id, mode, status;
--> statement-breakpoint
CREATE TRIGGER conferences_counted_in AFTER INSERT ON conferences BEGIN
  INSERT INTO conference_counts (account_id, mode, status, conferences)
  VALUES (NEW.account_id, NEW.mode, NEW.status, 1)
  ON CONFLICT DO UPDATE SET conferences = conferences + 1;
END;
--> statement-breakpoint
CREATE TRIGGER conferences_counted_over AFTER UPDATE OF status ON conferences WHEN NEW.status <> OLD.status BEGIN
  UPDATE conference_counts SET conferences = conferences - 1
  WHERE account_id = OLD.account_id AND mode = OLD.mode AND status = OLD.status;
  INSERT INTO conference_counts (account_id, mode, status, conferences)
  VALUES (NEW.account_id, NEW.mode, NEW.status, 1)
  ON CONFLICT DO UPDATE SET conferences = conferences + 1;
END;
--> statement-breakpoint
CREATE TRIGGER conferences_counted_out AFTER DELETE ON conferences BEGIN
  UPDATE conference_counts SET conferences = conferences - 1
  WHERE account_id = OLD.account_id AND mode = OLD.mode AND status = OLD.status;
END;
