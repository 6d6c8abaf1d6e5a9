-- Tells syslog which modules are loaded, for Seatwatch (docs/lmod.md), and for Lmod's own store_module_data.
--
-- Put this file into a folder of its own, and let LMOD_PACKAGE_PATH name the folder wherever Lmod is set up; or copy
-- what stands here into the SitePackage.lua that there is. Once a `module` command has done its work, one line is
-- written for each module that it loaded:
--
--    user=amber module=gcc/13.2.0 path=/apps/modules/gcc/13.2.0.lua host=login1.larch time=1709625480.250000
--
-- A command that fails writes nothing, and nothing that goes wrong here harms a command. Names reach logger on its
-- standard input, so whatever they hold, no shell reads them.

require("strict")
local hook   = require("Hook")
local posix  = require("posix")
local cosmic = require("Cosmic"):singleton()

-- Takes a message on each line. What it doesn't read goes to `cat`, so that a logger that is missing breaks no pipe.
local LOGGER = "{ /usr/bin/logger --tag ModuleUsageTracking --priority local0.info --size 8192; cat; } >/dev/null 2>&1"

-- The cluster; nil: the second part of the host's own name (or all of it, if it has one part only).
local CLUSTER = cosmic:value("LMOD_SYSHOST")

local loaded, known = {}, {}

-- Return a value so that it is one word of the line; what is special in it stands behind a backslash.
local function word(value)
   value = tostring(value):gsub("%c", "?")
   if value == "" or value:find("[%s\"'\\]") then
      value = '"' .. value:gsub('[\\"]', "\\%0") .. '"'
   end
   return value
end

local function host()
   local name = posix.uname("%n")
   if CLUSTER and CLUSTER ~= "" then
      name = name:match("^[^.]*") .. "." .. CLUSTER
   end
   return name
end

-- Called for each module that is loaded, those that others bring along too.
local function note(t)
   if mode() ~= "load" then return end
   local key = t.modFullName .. "\n" .. t.fn
   if known[key] then return end
   known[key] = true
   loaded[#loaded + 1] = { module = t.modFullName, path = t.fn, time = epoch() }
end

local function write()
   local user = os.getenv("USER") or os.getenv("LOGNAME") or "unknown"
   local pipe = io.popen(LOGGER, "w")
   if not pipe then return end
   for _, one in ipairs(loaded) do
      pipe:write(string.format("user=%s module=%s path=%s host=%s time=%f\n",
                               word(user), word(one.module), word(one.path), word(host()), one.time))
   end
   pipe:close()
end

hook.register("load", note)

-- Lmod comes here only when the whole command went well.
ExitHookA.register(function()
   if #loaded > 0 then
      pcall(write)
   end
end)
