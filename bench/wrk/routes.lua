-- Requests for each of a number of routes in turn; the number is the first argument.
function init(args)
    requests = {}
    for i = 0, tonumber(args[1]) - 1 do
        requests[i] = wrk.format("GET", "/api/resource" .. i .. "/42")
    end
    count = #requests + 1
    at = 0
end

function request()
    at = (at + 1) % count
    return requests[at]
end
