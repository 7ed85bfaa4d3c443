// Owns: the Go peer: net/http with default settings, metrics by promhttp on their own port.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type order struct {
	Customer string  `json:"customer"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
}

type receipt struct {
	Customer string  `json:"customer"`
	Total    float64 `json:"total"`
}

var text = []byte("Hello, World!")
var mebibyte = func() []byte {
	content := make([]byte, 1<<20)
	for i := range content {
		content[i] = 'x'
	}
	return content
}()

func main() {
	port := flag.Int("port", 0, "the app's port")
	metricsPort := flag.Int("metrics-port", 0, "the metrics port")
	series := flag.Int("series", 0, "series to expose besides the process's own")
	flag.Parse()
	addSeries(*series)

	metrics := http.NewServeMux()
	metrics.Handle("/metrics", promhttp.Handler())
	go func() { log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *metricsPort), metrics)) }()

	app := http.NewServeMux()
	app.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { send(w, "text/plain", text) })
	app.HandleFunc("/mebibyte", func(w http.ResponseWriter, r *http.Request) { send(w, "application/octet-stream", mebibyte) })
	app.HandleFunc("/upload", upload)
	app.HandleFunc("/json", answerJSON)
	app.HandleFunc("/rpc", rpcHandler())
	events := feed{viewers: map[chan string]bool{}}
	app.HandleFunc("/events", events.watch)
	app.HandleFunc("/publish", events.publish)
	app.HandleFunc("/echo", echo)
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), app))
}

func send(w http.ResponseWriter, contentType string, content []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.Write(content)
}

func upload(w http.ResponseWriter, r *http.Request) {
	length, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	send(w, "text/plain", []byte(strconv.FormatInt(length, 10)))
}

func answerJSON(w http.ResponseWriter, r *http.Request) {
	var sent order
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	content, err := json.Marshal(receipt{sent.Customer, float64(sent.Quantity) * sent.Price})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, "application/json", content)
}

// addSeries creates ten counters with two labels, as in the other scraped servers.
func addSeries(count int) {
	for family := 0; count > 0 && family < 10; family++ {
		counter := prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: fmt.Sprintf("bench_events_%d_total", family),
			Help: "Events of a made-up kind.",
		}, []string{"shard", "outcome"})
		prometheus.MustRegister(counter)
		for i := 0; i < count/10; i++ {
			outcome := "success"
			if i%2 != 0 {
				outcome = "failure"
			}
			counter.WithLabelValues(fmt.Sprintf("%05d", i), outcome).Add(float64(1 + i*37))
		}
	}
}
