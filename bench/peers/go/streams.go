// Owns: the handlers of connections that stay open: events and WebSockets.
package main

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

const event = `{"sensor":"boiler","temperature":71.3,"pressure":1.42,"at":"2026-01-01T00:00:00Z"}`

// feed is the one source of events. Each viewer has a queue of its own.
type feed struct {
	sync.Mutex
	viewers map[chan string]bool
}

// watch sends the events that are published from now on.
func (f *feed) watch(w http.ResponseWriter, r *http.Request) {
	queue := make(chan string, 64)
	f.Lock()
	f.viewers[queue] = true
	f.Unlock()
	defer func() {
		f.Lock()
		delete(f.viewers, queue)
		f.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flusher := w.(http.Flusher)
	flusher.Flush()
	for {
		select {
		case data := <-queue:
			fmt.Fprintf(w, "data: %s\n\n", data)
			flusher.Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func (f *feed) publish(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	for queue := range f.viewers {
		queue <- event
	}
	f.Unlock()
	send(w, "text/plain", text)
}

var upgrader = websocket.Upgrader{}

// echo sends back what arrives until the peer closes.
func echo(w http.ResponseWriter, r *http.Request) {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	for {
		kind, message, err := socket.ReadMessage()
		if err != nil || socket.WriteMessage(kind, message) != nil {
			return
		}
	}
}
