-- Symbolon behind HAProxy: asks the edge whether a request may pass, and tells the application who sends it.
-- Loaded by haproxy.cfg, which says where the edge is. A test runs this very file.

local ask = "/check/forward"
-- What identity there is comes from the edge's answer and from nowhere else.
local told = { "subject", "session", "client", "scope", "assurance", "identity" }
-- Fields of one connection, or of a body that the question does not have.
local apart = { ["connection"] = true, ["content-length"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
    ["te"] = true, ["trailer"] = true, ["keep-alive"] = true, ["expect"] = true, ["host"] = true }

-- HAProxy counts a field's values from zero.
local function values(list)
    local all, at = {}, 0
    while list[at] do
        all[at + 1] = list[at]
        at = at + 1
    end
    return all
end

local function refuse(txn, status, headers)
    local reply = txn:reply({ status = status })
    for name, list in pairs(headers or {}) do
        if not apart[name] then
            for _, value in ipairs(values(list)) do reply:add_header(name, value) end
        end
    end
    txn:done(reply)
end

core.register_action("symbolon", { "http-req" }, function(txn, edge)
    local asked = {}
    for name, list in pairs(txn.http:req_get_headers()) do
        if not apart[name] then asked[name] = values(list) end
    end
    local answer = core.httpclient():get({ url = "http://" .. edge .. ask, headers = asked, timeout = 5000 })
    if not answer or answer.status == 0 then return refuse(txn, 503) end
    if answer.status ~= 200 then return refuse(txn, answer.status, answer.headers) end
    for _, name in ipairs(told) do
        local field = "symbolon-" .. name
        txn.http:req_del_header(field)
        local value = answer.headers[field] and answer.headers[field][0]
        if value then txn.http:req_set_header(field, value) end
    end
    -- The credential stays here: other cookies pass, ours do not, nor does the token.
    txn.http:req_del_header("authorization")
    txn.http:req_del_header("cookie")
    local cookies = answer.headers["symbolon-cookie"] and answer.headers["symbolon-cookie"][0]
    if cookies then txn.http:req_set_header("cookie", cookies) end
end, 1)
