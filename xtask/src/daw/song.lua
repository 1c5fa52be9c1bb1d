-- Builds a session and records what the plugin plays.
--
--   track "Jukebox": AI Jukebox (VST3), then a synth; its MIDI output goes to
--   track "Take": records.

start_engine()
session = create_session(folder, name, 48000)
assert(session, "cannot create the session")

local tempi = Temporal.TempoMap.fetch_writable()
tempi:set_tempo(Temporal.Tempo(120, 120, 4), quarter(0))
tempi:set_tempo(Temporal.Tempo(93.7, 93.7, 4), quarter(6.5))
Temporal.TempoMap.update(tempi)
-- The range becomes the loop when the session is reopened. Ardour keeps it in seconds.
session:locations():add_range(quarter(12), quarter(16)):set_name("Loop")

local jukebox, take = track("Jukebox"), track("Take")
insert(jukebox, "AI Jukebox", ARDOUR.PluginType.VST3, 0)
insert(jukebox, "https://community.ardour.org/node/7596", ARDOUR.PluginType.LV2, 1)
connect(jukebox, take)
-- Time for the first bars.
ARDOUR.LuaAPI.usleep(1000000)

record({ take }, 24)
