-- The same call as in the driver's check.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"jsonrpc":"2.0","method":"add","params":[2,3],"id":1}'
