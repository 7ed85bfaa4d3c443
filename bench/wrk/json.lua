-- The same order as in the driver's check.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"customer":"Ada Lovelace","quantity":3,"price":2.5}'
