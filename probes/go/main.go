package main

// #include <httpclient.h>
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Usage: probe HTTP_PORT HTTPS_PORT SCRIPT_PORT CA_FILE
func main() {
	httpPort, httpsPort, scriptPort := number(os.Args[1]), number(os.Args[2]), number(os.Args[3])
	fmt.Printf("httpclient %s by cgo\n", C.GoString(C.hc_version_string()))
	aGet(httpPort)
	callbacks(httpPort)
	refused()
	badAnswers(scriptPort)
	handles()
	https(httpsPort, os.Args[4])
	goroutines(httpPort)
}

func number(text string) int { return must(strconv.Atoi(text)) }

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "go: "+format+"\n", values...)
	os.Exit(1)
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func expect[T comparable](what string, actual, wanted T) {
	if actual != wanted {
		fail("%s is %v, not %v", what, actual, wanted)
	}
}

func failureOf(what string, err error) *Failure {
	var failure *Failure
	if !errors.As(err, &failure) {
		fail("%s did not fail as it should: %v", what, err)
	}
	fmt.Printf("%s: %v\n", what, failure)
	return failure
}

func pattern(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i % 251)
	}
	return data
}

func get(conn *Conn, target string, headers ...string) *Response {
	check(conn.Request("GET", target, headers, nil))
	return must(conn.Response())
}

func aGet(port int) {
	conn := must(Dial("127.0.0.1", port))
	defer conn.Free()
	response := get(conn, "/headers/3", "X-From", "Go")
	expect("status", response.Status(), "200 OK")
	headers := must(response.Headers())
	fmt.Printf("GET: %s, %d headers\n", response.Status(), len(headers))
	found := false
	for _, header := range headers {
		found = found || header == [2]string{"X-Field-2", "value 2"}
	}
	expect("a header by index", found, true)
	value, _ := response.Header("x-field-3")
	expect("a header by name", value, "value 3")
	_, there := response.Header("X-None")
	expect("a header that is not there", there, false)
	must(io.Copy(io.Discard, response))
	check(response.Close())

	// The same connection again: a body larger than the pieces it is read in.
	response = get(conn, "/bytes/10000")
	var body bytes.Buffer
	pieces, piece := 0, make([]byte, 4096)
	for {
		n, err := response.Read(piece)
		if err == io.EOF {
			break
		}
		check(err)
		body.Write(piece[:n])
		pieces++
	}
	check(response.Close())
	expect("the body", bytes.Equal(body.Bytes(), pattern(10000)), true)
	fmt.Printf("body: %d bytes in %d pieces\n", body.Len(), pieces)
}

// blocks reads as its strings do, one for each call; then it fails with err.
type blocks struct {
	strings []string
	err     error
}

func (b *blocks) Read(buffer []byte) (int, error) {
	if len(b.strings) == 0 {
		return 0, b.err
	}
	n := copy(buffer, b.strings[0])
	b.strings = b.strings[1:]
	return n, nil
}

func callbacks(port int) {
	conn := must(Dial("127.0.0.1", port))
	defer conn.Free()
	var sent strings.Builder
	events, heads := 0, 0
	check(conn.Trace(func(event int32, data []byte) {
		events++
		switch event {
		case C.HC_TRACE_SEND:
			sent.Write(data)
		case C.HC_TRACE_HEAD:
			heads++
		}
		// The connection is busy until the callback returns.
		var failure *Failure
		expect("a call from a callback fails", errors.As(conn.Close(), &failure), true)
		expect("its code", failure.Code, C.HC_ERR_BUSY)
	}))
	check(conn.RequestFrom("POST", "/echo", &blocks{[]string{"one ", "two ", "three"}, io.EOF}))
	response := must(conn.Response())
	body := must(io.ReadAll(response))
	check(response.Close())
	expect("what the callback sent", bytes.HasSuffix(body, []byte("\n\none two three")), true)
	line, _, _ := strings.Cut(sent.String(), "\r\n")
	expect("the traced request line", line, "POST /echo HTTP/1.1")
	expect("heads traced", heads, 1)
	fmt.Printf("callbacks: a body in 3 blocks; %d events traced\n", events)

	broken := errors.New("no more")
	err := conn.RequestFrom("POST", "/echo", &blocks{err: broken})
	failure := failureOf("failing callback", err)
	expect("its code", failure.Code, C.HC_ERR_TRANSPORT)
	expect("its own number", failure.OSError, bodyFailed)
	expect("its cause", errors.Is(err, broken), true)
}

func refused() {
	// A port that is bound and not listened on refuses, and nobody else can get it meanwhile.
	bound := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0))
	defer syscall.Close(bound)
	check(syscall.Bind(bound, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	port := must(syscall.Getsockname(bound)).(*syscall.SockaddrInet4).Port

	conn := must(Dial("127.0.0.1", port))
	defer conn.Free()
	failure := failureOf("refused", conn.Request("GET", "/", nil, nil))
	expect("its code", failure.Code, C.HC_ERR_CONNECTION_REFUSED)
	expect("its name", failure.Name, "HC_ERR_CONNECTION_REFUSED")
	expect("its family", failure.In(C.HC_ERR_OS) && !failure.In(C.HC_ERR_HTTP), true)
	expect("its errno", syscall.Errno(failure.OSError), syscall.ECONNREFUSED)
	expect("its retry", failure.Retry, C.HC_RETRY_NOT_SENT)
}

func badAnswers(port int) {
	cut := must(Dial("127.0.0.1", port))
	defer cut.Free()
	response := get(cut, "/")
	defer response.Close()
	body, err := io.ReadAll(response)
	expect("what came before the cut", string(body), strings.Repeat("x", 60))
	failure := failureOf("cut body", err)
	expect("its code", failure.Code, C.HC_ERR_INCOMPLETE_READ)
	expect("received", failure.Received, 60)
	expect("expected", failure.Expected, 40)
	expect("its retry", failure.Retry, C.HC_RETRY_RESPONSE_STARTED)

	garbage := must(Dial("127.0.0.1", port))
	defer garbage.Free()
	check(garbage.Request("GET", "/", nil, nil))
	_, err = garbage.Response()
	failure = failureOf("not HTTP", err)
	expect("its code", failure.Code, C.HC_ERR_BAD_STATUS_LINE)
	expect("its line, NUL and all", string(failure.Line), "SPAM\x00EGGS\r\n")
}

func handles() {
	conn := must(Dial("127.0.0.1", 80))
	var unsized C.hc_error_detail
	expect("detail without a size", C.hc_conn_error_detail(conn.handle, &unsized), C.HC_ERR_INVALID_ARGUMENT)
	check(conn.Free())
	for _, err := range []error{conn.Free(), conn.Request("GET", "/", nil, nil)} {
		var failure *Failure
		expect("a call on a freed handle fails", errors.As(err, &failure), true)
		expect("its code", failure.Code, C.HC_ERR_INVALID_HANDLE)
	}
	err := conn.Request("GET", "/", []string{"X-Cut", "short\x00ened"}, nil)
	expect("a text with a NUL is refused", errors.Is(err, errNUL), true)
	fmt.Println("handles: a freed one is refused")
}

func https(port int, caFile string) {
	conn := must(DialTLS("127.0.0.1", port, nil))
	defer conn.Free()
	failure := failureOf("unknown CA", conn.Connect())
	expect("its code", failure.Code, C.HC_ERR_TLS_UNKNOWN_ISSUER)
	expect("its family", failure.In(C.HC_ERR_TLS_CERTIFICATE), true)

	_, err := Trust(caFile + ".none")
	failure = failureOf("missing CA file", err)
	expect("its code", failure.Code, C.HC_ERR_TLS_CONFIG)
	expect("its errno", syscall.Errno(failure.OSError), syscall.ENOENT)

	config := must(Trust(caFile))
	trusting := must(DialTLS("127.0.0.1", port, config))
	defer trusting.Free()
	check(config.Free()) // the connection has its own share of it
	response := get(trusting, "/bytes/1000")
	status, body := response.Status(), must(io.ReadAll(response))
	check(response.Close())
	expect("status over TLS", status, "200 OK")
	expect("the body over TLS", bytes.Equal(body, pattern(1000)), true)
	fmt.Printf("HTTPS: %s, %d bytes, by our own CA\n", status, len(body))
}

const (
	workers  = 8
	requests = 20
)

// goroutines has 8 connections at once. Each is used by one goroutine after the other, every one
// with a thread of its own; all the while the garbage collector runs.
func goroutines(port int) {
	var all sync.WaitGroup
	threads := make([]map[int]bool, workers)
	for worker := range threads {
		threads[worker] = make(map[int]bool)
		all.Add(1)
		go func(seen map[int]bool) {
			defer all.Done()
			conn := must(Dial("127.0.0.1", port))
			for i := 0; i < requests; i++ {
				onFreshThread(func() {
					seen[syscall.Gettid()] = true
					exchange(conn, 1000+i)
				})
				runtime.GC()
			}
			check(conn.Free())
		}(threads[worker])
	}
	all.Wait()
	distinct := 0
	for _, seen := range threads {
		if len(seen) < 2 {
			fail("a connection stayed on one thread")
		}
		distinct += len(seen)
	}
	fmt.Printf("goroutines: %d connections, %d requests, %d changes of thread\n",
		workers, workers*requests, distinct-workers)
}

// onFreshThread runs a function in another goroutine on a thread that ends with it: a goroutine
// that returns while it is locked to its thread takes the thread along.
func onFreshThread(run func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		run()
	}()
	<-done
}

func exchange(conn *Conn, size int) {
	response := get(conn, fmt.Sprintf("/bytes/%d", size))
	body := must(io.ReadAll(response))
	check(response.Close())
	expect("the body", bytes.Equal(body, pattern(size)), true)
}
