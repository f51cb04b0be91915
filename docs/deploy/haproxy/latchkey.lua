-- Asks Latchkey about each request to an application: /etc/haproxy/latchkey.lua, see haproxy.cfg.
-- It needs nothing but what HAProxy (2.6 or newer) has.

local identity = { "remote-user", "remote-name", "remote-email", "remote-groups" }

-- passed are the headers of the client by which Latchkey decides.
local passed = { cookie = true, accept = true, ["user-agent"] = true, ["accept-language"] = true }

core.register_action("latchkey", { "http-req" }, function(txn, address)
	local question = {}
	for name, values in pairs(txn.http:req_get_headers()) do
		if passed[name] or name:find("^sec%-fetch%-") then
			question[name] = {}
			for i = 0, #values do
				table.insert(question[name], values[i])
			end
		end
	end
	question["host"] = { txn.sf:req_hdr("host") }
	question["x-forwarded-for"] = { txn.sf:src() }
	question["x-forwarded-proto"] = { "https" }
	question["x-forwarded-host"] = { txn.sf:req_hdr("host") }
	question["x-forwarded-method"] = { txn.sf:method() }
	question["x-forwarded-uri"] = { txn.sf:pathq() }

	local answer = core.httpclient():get {
		url = address .. txn:get_var("txn.application"),
		headers = question,
		timeout = 5000,
	}

	if answer.status == 200 then
		for _, name in ipairs(identity) do
			local value = answer.headers[name]
			txn.http:req_set_header(name, value and value[0] or "")
		end
		return
	end

	-- Anything else is the answer, and no answer is a failure.
	local reply = txn:reply {
		status = answer.status > 0 and answer.status or 503,
		body = txn.sf:method() ~= "HEAD" and answer.body or nil,
	}
	for name, values in pairs(answer.headers or {}) do
		if name ~= "content-length" and name ~= "transfer-encoding" and name ~= "connection" then
			for i = 0, #values do
				reply:add_header(name, values[i])
			end
		end
	end
	txn:done(reply)
end, 1)
