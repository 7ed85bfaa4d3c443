// Owns: Go's client_golang as a peer: the protocol of Peers/PeerLoop.cs, the series of Workload.cs.
package main

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const histograms, measurements, maxRecordedSets, durationCount = 10000, 200, 64, 4096

var (
	methods = []string{"GET", "POST", "PUT", "DELETE"}
	codes   = []string{"200", "201", "404", "500"}
)

// discarding is a ResponseWriter that counts and discards what is written.
type discarding struct {
	header http.Header
	length int64
}

func (d *discarding) Header() http.Header         { return d.header }
func (d *discarding) WriteHeader(int)             {}
func (d *discarding) Write(p []byte) (int, error) { d.length += int64(len(p)); return len(p), nil }

func tagValues(series int) [3]string {
	return [3]string{methods[series%4], "/" + strconv.Itoa(series/16), codes[series/4%4]}
}

func value(series, n int) float64 { return float64((series*31+n*97)%12000) / 1000 }

func recordedDurations() []float64 {
	durations := make([]float64, durationCount)
	for i := range durations {
		durations[i] = 0.001 * math.Pow(2, float64(i*i%4093)*12/4093)
	}
	return durations
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func record(histogram *prometheus.HistogramVec, sets [][3]string, threads, count int) (int64, uint64) {
	var done sync.WaitGroup
	start := make(chan struct{})
	durations := recordedDurations()
	for t := 0; t < threads; t++ {
		done.Add(1)
		go func() {
			defer done.Done()
			<-start
			set := 0
			for i := 0; i < count; i++ {
				chosen := &sets[set]
				histogram.WithLabelValues(chosen[0], chosen[1], chosen[2]).Observe(durations[i%durationCount])
				if set++; set == len(sets) {
					set = 0
				}
			}
		}()
	}
	before := allocated()
	began := time.Now()
	close(start)
	done.Wait()
	return time.Since(began).Nanoseconds(), allocated() - before
}

func main() {
	registry := prometheus.NewRegistry()
	histogram := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "request_duration_seconds",
		Help:    "Duration of requests.",
		Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10},
	}, []string{"method", "path", "code"})
	registry.MustRegister(histogram)
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	sets := make([][3]string, maxRecordedSets)
	for i := range sets {
		sets[i] = tagValues(i)
	}

	port := 0
	if os.Args[1] != "recording" {
		for series := 0; series < histograms; series++ {
			values := tagValues(series)
			child := histogram.WithLabelValues(values[:]...)
			for n := 0; n < measurements; n++ {
				child.Observe(value(series, n))
			}
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		port = listener.Addr().(*net.TCPAddr).Port
		go http.Serve(listener, handler)
	}

	fmt.Println("ready", port)
	request := httptest.NewRequest("GET", "/metrics", nil)
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		words := strings.Fields(input.Text())
		switch words[0] {
		case "record":
			threads, _ := strconv.Atoi(words[1])
			used, _ := strconv.Atoi(words[2])
			count, _ := strconv.Atoi(words[3])
			fmt.Println(record(histogram, sets[:used], threads, count))
		case "encode":
			output := &discarding{header: http.Header{}}
			before := allocated()
			began := time.Now()
			handler.ServeHTTP(output, request)
			nanoseconds := time.Since(began).Nanoseconds()
			fmt.Println(nanoseconds, output.length, allocated()-before)
		case "allocated":
			fmt.Println(allocated())
		}
	}
}
