// httpclient from Go, by cgo: a binding in small. There is no C in it but declarations.
package main

/*
#cgo LDFLAGS: -lhttpclient
#include <stdlib.h>
#include <httpclient.h>

// The Go functions below, as cgo exports them: without const, which Go's types do not have.
void probeTrace(void *context, int32_t event, char *data, size_t len);
int64_t probeBody(void *context, void *buffer, size_t capacity);
*/
import "C"

import (
	"errors"
	"fmt"
	"io"
	"runtime/cgo"
	"strings"
	"unsafe"
)

// A Failure is a failed call: its code, and the detail that its handle keeps, copied out at once.
// Where there is none, as for a wrong handle or a busy one, the code says it all.
type Failure struct {
	Code     int32
	Name     string
	OSError  int32
	Retry    int32
	Received int64
	Expected int64
	Message  string
	Line     []byte
	Cause    error // what a callback of ours failed with
}

func (f *Failure) Error() string { return f.Name + ": " + f.Message }
func (f *Failure) Unwrap() error { return f.Cause }

// In says whether the code belongs to a family, as "except" would ask in Python.
func (f *Failure) In(family int32) bool {
	return bool(C.hc_error_is(C.int32_t(f.Code), C.int32_t(family)))
}

// failure makes an error of a code. `ask` fetches the detail of the handle on which the call
// failed, so there is nothing per thread: between the two calls Go may have moved to another one.
func failure(code C.hc_error, ask func(*C.hc_error_detail) C.hc_error) error {
	if code == C.HC_OK {
		return nil
	}
	f := &Failure{
		Code:    int32(code),
		Name:    C.GoString(C.hc_error_name(code)),
		Message: C.GoString(C.hc_error_string(code)),
	}
	var detail C.hc_error_detail
	detail.size = C.sizeof_hc_error_detail
	if ask != nil && ask(&detail) == C.HC_OK && detail.code == code {
		f.OSError = int32(detail.os_error)
		f.Retry = int32(detail.retry)
		f.Received = int64(detail.received)
		f.Expected = int64(detail.expected)
		f.Message = C.GoStringN(detail.message, C.int(detail.message_len))
		f.Line = C.GoBytes(unsafe.Pointer(detail.line), C.int(detail.line_len))
	}
	return f
}

// errNUL refuses a text with a NUL: C would end it there, unseen by the library.
var errNUL = errors.New("a text with a NUL")

// newText makes a C string in C's memory.
func newText(text string) (*C.char, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, errNUL
	}
	return C.CString(text), nil
}

func freeText(text *C.char) { C.free(unsafe.Pointer(text)) }

// A textList is C strings and a NULL behind them, all in C's memory: cgo does not let an array of
// pointers pass that lies in Go's.
type textList struct {
	array **C.char
	slots []*C.char
}

func newTexts(texts ...string) (textList, error) {
	size := unsafe.Sizeof((*C.char)(nil))
	array := (**C.char)(C.calloc(C.size_t(len(texts)+1), C.size_t(size)))
	list := textList{array, unsafe.Slice(array, len(texts))}
	for i, text := range texts {
		made, err := newText(text)
		if err != nil {
			list.free()
			return textList{}, err
		}
		list.slots[i] = made
	}
	return list, nil
}

func (l textList) free() {
	for _, text := range l.slots {
		freeText(text)
	}
	C.free(unsafe.Pointer(l.array))
}

// A Conn is a connection. Only one goroutine may use it and its responses at a time, but any may,
// on any thread. The handle is a *C.hc_conn and never an unsafe.Pointer: it is no address, and cgo
// keeps the garbage collector from taking a pointer to an incomplete C type for one.
type Conn struct {
	handle *C.hc_conn
	tracer unsafe.Pointer // C memory that holds the cgo.Handle of the trace function
}

// Dial makes a connection without opening it.
func Dial(host string, port int) (*Conn, error) {
	name, err := newText(host)
	if err != nil {
		return nil, err
	}
	defer freeText(name)
	conn := new(Conn)
	code := C.hc_conn_new(name, C.int32_t(port), &conn.handle)
	return conn.finish(code)
}

// A TLSConfig says whom to trust. Any number of connections and goroutines may share it.
type TLSConfig struct{ handle *C.hc_tls_config }

// Trust makes a configuration that trusts the roots in a file.
func Trust(caFile string) (*TLSConfig, error) {
	var builder *C.hc_tls_builder
	if code := C.hc_tls_builder_new(&builder); code != C.HC_OK {
		return nil, failure(code, nil)
	}
	defer C.hc_tls_builder_free(builder)
	file, err := newText(caFile)
	if err != nil {
		return nil, err
	}
	defer freeText(file)
	// The builder keeps the first failure and tells it when it builds: one look is enough.
	C.hc_tls_builder_add_roots_file(builder, file)
	config := new(TLSConfig)
	code := C.hc_tls_builder_build(builder, &config.handle)
	return config, failure(code, func(detail *C.hc_error_detail) C.hc_error {
		return C.hc_tls_builder_error_detail(builder, detail)
	})
}

// Free ends the handle; connections keep their share.
func (t *TLSConfig) Free() error { return failure(C.hc_tls_config_free(t.handle), nil) }

// DialTLS makes a connection for https without opening it; nil is the default configuration.
func DialTLS(host string, port int, config *TLSConfig) (*Conn, error) {
	name, err := newText(host)
	if err != nil {
		return nil, err
	}
	defer freeText(name)
	conn := new(Conn)
	var trust *C.hc_tls_config
	if config != nil {
		trust = config.handle
	}
	code := C.hc_conn_new_tls(name, C.int32_t(port), trust, &conn.handle)
	return conn.finish(code)
}

func (c *Conn) finish(code C.hc_error) (*Conn, error) {
	if code != C.HC_OK {
		return nil, failure(code, nil)
	}
	return c, c.check(C.hc_conn_set_timeout(c.handle, 60_000))
}

func (c *Conn) check(code C.hc_error) error {
	return failure(code, func(detail *C.hc_error_detail) C.hc_error {
		return C.hc_conn_error_detail(c.handle, detail)
	})
}

// Free ends the handle. Further calls, this one too, fail with HC_ERR_INVALID_HANDLE.
func (c *Conn) Free() error {
	if code := C.hc_conn_free(c.handle); code != C.HC_OK {
		return failure(code, nil)
	}
	dropContext(c.tracer)
	return nil
}

// Connect opens the connection now.
func (c *Conn) Connect() error { return c.check(C.hc_conn_connect(c.handle)) }

// Close closes the connection; the next request opens it again.
func (c *Conn) Close() error { return c.check(C.hc_conn_close(c.handle)) }

// newContext gives a Go value to C. The library keeps a context for longer than one call, and C
// must not keep a pointer into Go's memory: so the value's cgo.Handle lies in C's.
func newContext(value any) unsafe.Pointer {
	cell := (*cgo.Handle)(C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0)))))
	*cell = cgo.NewHandle(value)
	return unsafe.Pointer(cell)
}

func contextOf(cell unsafe.Pointer) any { return (*cgo.Handle)(cell).Value() }

func dropContext(cell unsafe.Pointer) {
	if cell != nil {
		(*cgo.Handle)(cell).Delete()
		C.free(cell)
	}
}

// A TraceFunc is told what a connection does. It must not panic: that would unwind through C.
type TraceFunc func(event int32, data []byte)

//export probeTrace
func probeTrace(context unsafe.Pointer, event C.int32_t, data *C.char, length C.size_t) {
	contextOf(context).(TraceFunc)(int32(event), C.GoBytes(unsafe.Pointer(data), C.int(length)))
}

// Trace sets who is told.
func (c *Conn) Trace(function TraceFunc) error {
	tracer := newContext(function)
	code := C.hc_conn_set_trace(c.handle, C.hc_trace_fn(C.probeTrace), tracer)
	if code != C.HC_OK {
		dropContext(tracer)
		return c.check(code)
	}
	dropContext(c.tracer)
	c.tracer = tracer
	return nil
}

// Request sends a request; headers are names and values in turn.
func (c *Conn) Request(method, target string, headers []string, body []byte) error {
	line, err := newTexts(method, target)
	if err != nil {
		return err
	}
	defer line.free()
	list, err := newTexts(headers...)
	if err != nil {
		return err
	}
	defer list.free()
	// Go's own memory may be lent for the length of a call.
	var start unsafe.Pointer
	if len(body) > 0 {
		start = unsafe.Pointer(&body[0])
	}
	return c.check(C.hc_request(c.handle, line.slots[0], line.slots[1], list.array,
		start, C.size_t(len(body))))
}

type bodySource struct {
	reader io.Reader
	err    error
}

// What a body callback of ours gives for a Go error, which stays on this side.
const bodyFailed = -1000

//export probeBody
func probeBody(context, buffer unsafe.Pointer, capacity C.size_t) C.int64_t {
	source := contextOf(context).(*bodySource)
	for {
		n, err := source.reader.Read(unsafe.Slice((*byte)(buffer), int(capacity)))
		switch {
		case n > 0:
			return C.int64_t(n) // an error beside the bytes comes again with the next call
		case err == io.EOF:
			return 0
		case err != nil:
			source.err = err
			return bodyFailed
		}
	}
}

// RequestFrom sends a request with a body of unknown length from a reader.
func (c *Conn) RequestFrom(method, target string, reader io.Reader) error {
	line, err := newTexts(method, target)
	if err != nil {
		return err
	}
	defer line.free()
	source := &bodySource{reader: reader}
	context := newContext(source)
	defer dropContext(context)
	err = c.check(C.hc_request_callback(c.handle, line.slots[0], line.slots[1], nil,
		C.hc_body_fn(C.probeBody), context, C.HC_LENGTH_UNKNOWN))
	if f, ok := err.(*Failure); ok {
		f.Cause = source.err
	}
	return err
}

// Response receives the head of the response to the last request.
func (c *Conn) Response() (*Response, error) {
	r := new(Response)
	if err := c.check(C.hc_getresponse(c.handle, &r.handle)); err != nil {
		return nil, err
	}
	return r, nil
}

// A Response is an io.ReadCloser of its body.
type Response struct{ handle *C.hc_response }

func (r *Response) check(code C.hc_error) error {
	return failure(code, func(detail *C.hc_error_detail) C.hc_error {
		return C.hc_response_error_detail(r.handle, detail)
	})
}

// Close ends the handle.
func (r *Response) Close() error { return failure(C.hc_response_free(r.handle), nil) }

// Status is the status code and the server's reason phrase.
func (r *Response) Status() string {
	var length C.size_t
	reason := C.hc_response_reason(r.handle, &length)
	return fmt.Sprintf("%d %s", C.hc_response_status(r.handle), C.GoStringN(reason, C.int(length)))
}

// Headers are the names and values in the order they came.
func (r *Response) Headers() ([][2]string, error) {
	headers := make([][2]string, C.hc_response_header_count(r.handle))
	for i := range headers {
		var name, value *C.char
		var nameLen, valueLen C.size_t
		code := C.hc_response_header_at(r.handle, C.size_t(i), &name, &nameLen, &value, &valueLen)
		if err := r.check(code); err != nil {
			return nil, err
		}
		headers[i] = [2]string{C.GoStringN(name, C.int(nameLen)), C.GoStringN(value, C.int(valueLen))}
	}
	return headers, nil
}

// Header is the value of the headers of that name, and whether there is one.
func (r *Response) Header(name string) (string, bool) {
	wanted, err := newText(name)
	if err != nil {
		return "", false
	}
	defer freeText(wanted)
	var length C.size_t
	value := C.hc_response_getheader(r.handle, wanted, &length)
	return C.GoStringN(value, C.int(length)), value != nil
}

// Read reads the body straight into the buffer. At its end the library says 0 bytes, Go io.EOF.
func (r *Response) Read(buffer []byte) (int, error) {
	if len(buffer) == 0 {
		return 0, nil
	}
	var count C.size_t
	code := C.hc_response_read(r.handle, unsafe.Pointer(&buffer[0]), C.size_t(len(buffer)), &count)
	if err := r.check(code); err != nil {
		return int(count), err
	}
	if count == 0 {
		return 0, io.EOF
	}
	return int(count), nil
}
