-- The mix of a JSON API: of six requests, four read an order, one a page of orders, and one places an order.
function init()
    local json = { ["Content-Type"] = "application/json" }
    local order = '{"customer":"Ada Lovelace","quantity":3,"price":2.5}'
    requests = {}
    for i = 1, 4 do
        requests[i] = wrk.format("GET", "/orders/" .. i)
    end
    requests[5] = wrk.format("GET", "/orders?page=2")
    requests[6] = wrk.format("POST", "/orders", json, order)
    at = 0
end

function request()
    at = at % #requests + 1
    return requests[at]
end
