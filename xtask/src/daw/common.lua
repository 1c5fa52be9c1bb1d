-- What the scripts of `cargo xtask daw` share. They run in Ardour 7, each behind this.

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
	return made
end

-- Sets a parameter of a plugin by its name, to a value as Ardour shows it.
local function set(processor, label, value)
	local plugin, number = processor:to_insert():plugin(0), 0
	for index = 0, plugin:parameter_count() - 1 do
		if plugin:parameter_is_control(index) and plugin:parameter_is_input(index) then
			if plugin:parameter_label(index) == label then
				assert(ARDOUR.LuaAPI.set_processor_param(processor, number, value), "cannot set " .. label)
				return
			end
			number = number + 1
		end
	end
	error("the plugin has no parameter " .. label)
end

local function start_engine()
	local backend = AudioEngine:set_backend("None (Dummy)", "", "")
	backend:set_driver("5x Speed")
	backend:set_buffer_size(256)
end

-- Connects the MIDI output of a track to another, which records it.
local function connect(from, to)
	local out, input = from:output():midi(0), to:input():midi(0)
	assert(not out:isnil(), "the track with the plugin has no MIDI output")
	assert(out:connect(input:name()) == 0, "cannot connect the tracks")
end

-- Records what comes into tracks from the song's start to a quarter note, and saves the session.
local function record(tracks, to)
	for _, take in ipairs(tracks) do
		take:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
	end
	session:maybe_enable_record(false)
	session:request_roll(ui)
	wait("quarter " .. to, function() return session:transport_sample() > quarter(to):samples() end)
	session:request_stop(false, false, ui)
	wait("the transport to stop", function() return session:transport_stopped() end)
	ARDOUR.LuaAPI.usleep(500000)
	session:save_state("", false, false, false, false, false)
	close_session()
	print("recorded")
end

