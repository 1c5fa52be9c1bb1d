-- Reopens the session and records the plugin while it plays in a loop.

start_engine()
session = load_session(folder, name)
assert(session, "cannot reopen the session")
assert(session:locations():auto_loop_location(), "the session has no loop")
-- Time for the plugin to take up its state.
ARDOUR.LuaAPI.usleep(1000000)

local take = session:route_by_name("Take"):to_track()
take:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
session:maybe_enable_record(false)
session:request_play_loop(true, true)
wait("the transport to roll", function() return session:transport_rolling() end)
local passes, last = 0, 0
wait("three passes of the loop", function()
	local now = session:transport_sample()
	if now < last then passes = passes + 1 end
	last = now
	return passes == 3
end)
ARDOUR.LuaAPI.usleep(100000)
session:request_stop(false, false, ui)
wait("the transport to stop", function() return session:transport_stopped() end)
ARDOUR.LuaAPI.usleep(500000)

session:save_state("", false, false, false, false, false)
close_session()
print("recorded")
