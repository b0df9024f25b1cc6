ALTER TABLE `conferences` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `conferences` ADD `retired_at` integer;--> statement-breakpoint
CREATE INDEX `conferences_to_retire` ON `conferences` (`expires_at`) WHERE expires_at IS NOT NULL AND retired_at IS NULL;
--> statement-breakpoint
-- Rooms that were over before are kept as long as by default: 180 days.
UPDATE conferences SET expires_at = ended_at + 15552000000 WHERE ended_at IS NOT NULL AND expires_at IS NULL;
