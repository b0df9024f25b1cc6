-- Totals of lists without counting rows: kept in the same statement that writes a call, so they cannot drift.
CREATE TRIGGER calls_counted_in AFTER INSERT ON calls BEGIN
  INSERT INTO call_counts (account_id, mode, day, status, direction, calls)
  VALUES (NEW.account_id, NEW.mode, NEW.started_at / 86400000, NEW.status, NEW.direction, 1)
  ON CONFLICT DO UPDATE SET calls = calls + 1;
END;
--> statement-breakpoint
CREATE TRIGGER calls_counted_over AFTER UPDATE OF status ON calls WHEN NEW.status <> OLD.status BEGIN
  UPDATE call_counts SET calls = calls - 1
  WHERE account_id = OLD.account_id AND mode = OLD.mode AND day = OLD.started_at / 86400000
    AND status = OLD.status AND direction = OLD.direction;
  INSERT INTO call_counts (account_id, mode, day, status, direction, calls)
  VALUES (NEW.account_id, NEW.mode, NEW.started_at / 86400000, NEW.status, NEW.direction, 1)
  ON CONFLICT DO UPDATE SET calls = calls + 1;
END;
--> statement-breakpoint
CREATE TRIGGER calls_counted_out AFTER DELETE ON calls BEGIN
  UPDATE call_counts SET calls = calls - 1
  WHERE account_id = OLD.account_id AND mode = OLD.mode AND day = OLD.started_at / 86400000
    AND status = OLD.status AND direction = OLD.direction;
END;
