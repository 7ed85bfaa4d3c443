-- A load that leaves the server room: each connection waits for 5 ms before its next request.
function delay()
    return 5
end
