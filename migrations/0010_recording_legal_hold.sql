ALTER TABLE `recordings` ADD `legal_hold` integer;--> statement-breakpoint
-- A recording is kept as long as its call is on legal hold: whoever deletes overdue recordings reads no calls.
UPDATE recordings SET legal_hold = 1 WHERE EXISTS (SELECT 1 FROM calls WHERE calls.account_id = recordings.account_id
  AND calls.mode = recordings.mode AND calls.id = recordings.call_id AND calls.legal_hold = 1);
--> statement-breakpoint
CREATE TRIGGER recordings_held AFTER UPDATE OF legal_hold ON calls WHEN NEW.legal_hold IS NOT OLD.legal_hold BEGIN
  UPDATE recordings SET legal_hold = NEW.legal_hold
  WHERE account_id = NEW.account_id AND mode = NEW.mode AND call_id = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER recordings_born_held AFTER INSERT ON recordings WHEN NEW.call_id IS NOT NULL BEGIN
  UPDATE recordings SET legal_hold = 1 WHERE account_id = NEW.account_id AND mode = NEW.mode AND id = NEW.id
  AND EXISTS (SELECT 1 FROM calls WHERE calls.account_id = NEW.account_id AND calls.mode = NEW.mode
    AND calls.id = NEW.call_id AND calls.legal_hold = 1);
END;
