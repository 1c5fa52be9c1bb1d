-- Builds a session and records what the plugin plays: run by `cargo xtask daw` in Ardour 7.
--
--   track "Jukebox": AI Jukebox (VST3), then a synth; its MIDI output goes to
--   track "Take": records.

local folder, name = os.getenv("JUKEBOX_SESSION"), os.getenv("JUKEBOX_NAME")
local session
local ui = ARDOUR.TransportRequestSource.TRS_UI

local function quarter(number)
	return Temporal.timepos_t.from_ticks(math.floor(number * 1920))
end

local function wait(what, done)
	for _ = 1, 600 do
		if done() then return end
		ARDOUR.LuaAPI.usleep(50000)
	end
	error("waited 30 seconds in vain for " .. what)
end

local function track(title)
	local midi = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
	local audio = ARDOUR.ChanCount(ARDOUR.DataType("audio"), 2)
	local made = session:new_midi_track(midi, audio, true, ARDOUR.PluginInfo(), nil, nil, 1, title,
		ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
	return made:front()
end

local function insert(route, plugin, kind, place)
	local made = ARDOUR.LuaAPI.new_plugin(session, plugin, kind, "")
	assert(not made:isnil(), "Ardour does not know the plugin " .. plugin)
	assert(route:add_processor_by_index(made, place, nil, true) == 0, "cannot insert " .. plugin)
end

local backend = AudioEngine:set_backend("None (Dummy)", "", "")
backend:set_driver("5x Speed")
backend:set_buffer_size(256)
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
local out, input = jukebox:output():midi(0), take:input():midi(0)
assert(not out:isnil(), "the track with the synth has no MIDI output")
assert(out:connect(input:name()) == 0, "cannot connect the tracks")
-- Time for the first bars.
ARDOUR.LuaAPI.usleep(1000000)

take:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
session:maybe_enable_record(false)
session:request_roll(ui)
wait("quarter 24", function() return session:transport_sample() > quarter(24):samples() end)
session:request_stop(false, false, ui)
wait("the transport to stop", function() return session:transport_stopped() end)
ARDOUR.LuaAPI.usleep(500000)

session:save_state("", false, false, false, false, false)
close_session()
print("recorded")
