-- A consent that was asked for in a call expires with the call. What releases before this one have kept of ended calls expires now.
UPDATE consents SET expires_at = (
  SELECT calls.ended_at FROM calls
  WHERE calls.account_id = consents.account_id AND calls.mode = consents.mode AND calls.id = consents.call_id
)
WHERE source = 'call' AND decision = 'granted' AND expires_at IS NULL;
