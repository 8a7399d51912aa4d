-- Reads a session.
--
-- Result  its fields and values; {} when it is unknown, ended or expired

local session, flat = load()
return living(session, now()) and flat or {}
