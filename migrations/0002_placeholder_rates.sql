-- Placeholder prices in micro-euros per minute, so that a call has a price; replace them with your carrier's.
INSERT INTO rates (direction, prefix, per_minute_micros, first_seconds, next_seconds) VALUES
  ('outbound', '', 100000, 60, 60),
  ('outbound', '31', 8000, 1, 1),
  ('outbound', '316', 35000, 1, 1),
  ('outbound', '32', 9500, 1, 1),
  ('outbound', '324', 48000, 1, 1),
  ('outbound', '49', 9000, 1, 1),
  ('outbound', '4915', 42000, 1, 1),
  ('outbound', '4916', 42000, 1, 1),
  ('outbound', '4917', 42000, 1, 1),
  ('inbound', '', 4000, 1, 1);
