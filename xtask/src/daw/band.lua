-- Builds a session of a band, a part on each track, and records what they play.
--
--   tracks "Part 1", "Part 2", ...: AI Jukebox (VST3), which plays one part; each one's MIDI output goes to
--   track "Take 1", "Take 2", ...: records.

start_engine()
session = create_session(folder, name, 48000)
assert(session, "cannot create the session")

local takes = {}
for part = 1, tonumber(os.getenv("JUKEBOX_PARTS")) do
	local from, take = track("Part " .. part), track("Take " .. part)
	local plugin = insert(from, "AI Jukebox", ARDOUR.PluginType.VST3, 0)
	set(plugin, "Part", part)
	connect(from, take)
	takes[part] = take
end
-- Time for the first bars.
ARDOUR.LuaAPI.usleep(1000000)

record(takes, 32)
