-- A load that leaves the server idle time: each connection waits 5 ms before its next request.
function delay()
    return 5
end
