// Owns: JSON-RPC 2.0 for Go's net/rpc, over POST requests. The library's own codec, net/rpc/jsonrpc, speaks version 1.0 on bare connections;
// this one differs in the members of its messages.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/rpc"
)

// Calculator has the methods of the benchmarks.
type Calculator struct{}

// Add adds two numbers.
func (Calculator) Add(numbers [2]int64, sum *int64) error {
	*sum = numbers[0] + numbers[1]
	return nil
}

// codec reads one request and writes its reply.
type codec struct {
	request struct {
		Version string          `json:"jsonrpc"`
		Method  string          `json:"method"`
		Params  json.RawMessage `json:"params"`
		ID      json.RawMessage `json:"id"`
	}
	body  io.Reader
	reply bytes.Buffer
}

// names are the methods of net/rpc by their names on the wire.
var names = map[string]string{"add": "Calculator.Add"}

func (c *codec) ReadRequestHeader(header *rpc.Request) error {
	if err := json.NewDecoder(c.body).Decode(&c.request); err != nil {
		return err
	}
	header.ServiceMethod = names[c.request.Method]
	return nil
}

func (c *codec) ReadRequestBody(params interface{}) error {
	if params == nil {
		return nil
	}
	return json.Unmarshal(c.request.Params, params)
}

func (c *codec) WriteResponse(header *rpc.Response, result interface{}) error {
	type failure struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	reply := struct {
		Version string          `json:"jsonrpc"`
		Result  interface{}     `json:"result,omitempty"`
		Error   *failure        `json:"error,omitempty"`
		ID      json.RawMessage `json:"id"`
	}{Version: "2.0", ID: c.request.ID}
	if header.Error == "" {
		reply.Result = result
	} else {
		reply.Error = &failure{-32000, header.Error}
	}
	content, err := json.Marshal(reply)
	c.reply.Write(content)
	return err
}

func (c *codec) Close() error { return nil }

// rpcHandler answers a POST request with the reply to its call.
func rpcHandler() http.HandlerFunc {
	server := rpc.NewServer()
	if err := server.Register(Calculator{}); err != nil {
		panic(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		c := codec{body: r.Body}
		if err := server.ServeRequest(&c); err != nil && c.reply.Len() == 0 {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		send(w, "application/json", c.reply.Bytes())
	}
}
