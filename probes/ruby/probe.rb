# httpclient from Ruby: the fiddle declarations a binding needs, and a check of each.
#
# Usage: probe.rb LIBRARY HTTP_PORT HTTPS_PORT SCRIPT_PORT CA_FILE

require "fiddle"
require "socket"

# --- Declarations ---------------------------------------------------------------------------------

# The C functions, called as HC.function(arguments). Strings may be given where C wants text: fiddle
# passes their bytes, and Ruby ends every string with a NUL.
module HC
  include Fiddle

  # Constants are part of the ABI: their numbers never change, so a binding may write them down.
  OK = 0
  ERR_INVALID_ARGUMENT = 10
  ERR_INVALID_HANDLE = 11
  ERR_BUSY = 12
  ERR_HTTP = 100
  ERR_INCOMPLETE_READ = 106
  ERR_BAD_STATUS_LINE = 120
  ERR_OS = 200
  ERR_CONNECTION_REFUSED = 202
  ERR_TRANSPORT = 215
  ERR_TLS_CERTIFICATE = 301
  ERR_TLS_UNKNOWN_ISSUER = 305
  ERR_TLS_CONFIG = 324
  LENGTH_UNKNOWN = -1
  RETRY_NOT_SENT = 0
  RETRY_RESPONSE_STARTED = 2
  TRACE_SEND = 1
  TRACE_HEAD = 3

  # A handle is a number in the size of a pointer. As an integer it stays one; as TYPE_VOIDP fiddle
  # would wrap it into a Fiddle::Pointer, which invites to follow it.
  HANDLE = TYPE_UINTPTR_T
  CODE = TYPE_INT32_T
  # fiddle has no bool before 1.1.2. One byte of the result is defined: an int would read garbage.
  BOOL = -TYPE_CHAR

  LIBRARY = Fiddle.dlopen(ARGV[0])

  # Defines HC.name. fiddle lets go of the interpreter's lock for the length of each call; callbacks
  # take it again.
  def self.define(name, result, *arguments)
    function = Function.new(LIBRARY["hc_#{name}"], arguments, result)
    define_singleton_method(name) { |*values| function.call(*values) }
  end

  define :version_string, TYPE_VOIDP
  define :error_name, TYPE_VOIDP, TYPE_INT32_T
  define :error_string, TYPE_VOIDP, TYPE_INT32_T
  define :error_is, BOOL, TYPE_INT32_T, TYPE_INT32_T
  define :tls_builder_new, CODE, TYPE_VOIDP
  define :tls_builder_free, CODE, HANDLE
  define :tls_builder_add_roots_file, CODE, HANDLE, TYPE_VOIDP
  define :tls_builder_build, CODE, HANDLE, TYPE_VOIDP
  define :tls_builder_error_detail, CODE, HANDLE, TYPE_VOIDP
  define :tls_config_free, CODE, HANDLE
  define :conn_new, CODE, TYPE_VOIDP, TYPE_INT32_T, TYPE_VOIDP
  define :conn_new_tls, CODE, TYPE_VOIDP, TYPE_INT32_T, HANDLE, TYPE_VOIDP
  define :conn_free, CODE, HANDLE
  define :conn_connect, CODE, HANDLE
  define :conn_close, CODE, HANDLE
  define :conn_set_timeout, CODE, HANDLE, TYPE_INT64_T
  define :conn_set_trace, CODE, HANDLE, TYPE_VOIDP, TYPE_VOIDP
  define :conn_error_detail, CODE, HANDLE, TYPE_VOIDP
  define :request, CODE, HANDLE, TYPE_VOIDP, TYPE_VOIDP, TYPE_VOIDP, TYPE_VOIDP, TYPE_SIZE_T
  define :request_callback, CODE,
         HANDLE, TYPE_VOIDP, TYPE_VOIDP, TYPE_VOIDP, TYPE_VOIDP, TYPE_VOIDP, TYPE_INT64_T
  define :getresponse, CODE, HANDLE, TYPE_VOIDP
  define :response_free, CODE, HANDLE
  define :response_status, TYPE_INT32_T, HANDLE
  define :response_reason, TYPE_VOIDP, HANDLE, TYPE_VOIDP
  define :response_read, CODE, HANDLE, TYPE_VOIDP, TYPE_SIZE_T, TYPE_VOIDP
  define :response_error_detail, CODE, HANDLE, TYPE_VOIDP
  define :response_header_count, TYPE_SIZE_T, HANDLE
  define :response_header_at, CODE,
         HANDLE, TYPE_SIZE_T, TYPE_VOIDP, TYPE_VOIDP, TYPE_VOIDP, TYPE_VOIDP
  define :response_getheader, TYPE_VOIDP, HANDLE, TYPE_VOIDP, TYPE_VOIDP

  # struct hc_error_detail on a 64-bit system, as String#unpack reads it: size; code, os_error,
  # retry, phase; received, expected; message, its length; line, its length.
  DETAIL = "Jl3x4q2J4"
  DETAIL_SIZE = 72

  # Room for values that a function gives out through a pointer, each of the size of a pointer.
  def self.room(count)
    "\0".b * (count * SIZEOF_VOIDP)
  end

  # A text for C. A NUL inside would end it there, unseen by the library.
  def self.text(string)
    raise ArgumentError, "a text with a NUL" if string.include?("\0")

    string
  end

  # `length` bytes at an address, copied.
  def self.bytes(address, length)
    Pointer.new(address)[0, length]
  end
end

# --- A binding in small ---------------------------------------------------------------------------

# A failed call: its code, and the detail that its handle keeps, copied out at once. Where there is
# none, as for a wrong handle or a busy one, the code says it all.
class Failure < StandardError
  attr_reader :code, :name, :os_error, :retry, :received, :expected, :line

  def initialize(code, detail = [])
    @code = code
    @name = HC.error_name(code).to_s
    _, _, @os_error, @retry, @received, @expected, text, text_len, line, line_len = detail
    @line = HC.bytes(line, line_len) if line && line != 0
    super("#{@name}: #{text ? HC.bytes(text, text_len) : HC.error_string(code)}")
  end

  # What "rescue" would ask: whether the code belongs to a family.
  def isa?(family)
    HC.error_is(@code, family) != 0
  end
end

# What connection and response have in common: a number, and the failure kept beside it.
class Handle
  attr_reader :number

  def check(code)
    return if code == HC::OK

    memory = HC.room(HC::DETAIL_SIZE / Fiddle::SIZEOF_VOIDP)
    memory[0, Fiddle::SIZEOF_SIZE_T] = [HC::DETAIL_SIZE].pack("J")
    found = error(memory) == HC::OK
    detail = memory.unpack(HC::DETAIL)
    raise found && detail[1] == code ? Failure.new(code, detail) : Failure.new(code)
  end

  # Runs a block with the handle and frees it.
  def use
    yield self
  ensure
    free
  end

  # Calls a function that writes a new handle to its last argument.
  def self.make
    out = HC.room(1)
    [yield(out), out.unpack1("J")]
  end
end

class TlsBuilder < Handle
  def initialize
    code, @number = Handle.make { |out| HC.tls_builder_new(out) }
    raise Failure.new(code) if code != HC::OK
  end

  def free = HC.tls_builder_free(@number)
  def error(memory) = HC.tls_builder_error_detail(@number, memory)

  # A configuration that trusts the roots in a file, to be freed by HC.tls_config_free. The builder
  # keeps the first failure and tells it when it builds: one look is enough.
  def self.trust(ca_file)
    new.use do |builder|
      HC.tls_builder_add_roots_file(builder.number, ca_file)
      code, config = make { |out| HC.tls_builder_build(builder.number, out) }
      builder.check code
      config
    end
  end
end

class Connection < Handle
  def initialize(host, port, tls: false, config: 0)
    code, @number = Handle.make do |out|
      tls ? HC.conn_new_tls(host, port, config, out) : HC.conn_new(host, port, out)
    end
    raise Failure.new(code) if code != HC::OK

    check HC.conn_set_timeout(@number, 60_000)
  end

  def free = HC.conn_free(@number)
  def error(memory) = HC.conn_error_detail(@number, memory)
  def connect = check(HC.conn_connect(@number))

  # An exception in a callback would jump over the library's frames, and the connection would stay
  # busy for ever: so none may leave it, of whatever class.
  def trace(&block)
    types = [Fiddle::TYPE_VOIDP, Fiddle::TYPE_INT32_T, Fiddle::TYPE_VOIDP, Fiddle::TYPE_SIZE_T]
    # The library keeps the address only: the closure must live as long as it is set.
    @trace = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_VOID, types) do |_, event, data, length|
      block.call(event, data[0, length])
    rescue Exception => e
      warn "trace: #{e.message}"
    end
    check HC.conn_set_trace(@number, @trace, nil)
  end

  def request(method, target, headers = {}, body = nil)
    # Names and values in turn, ended by NULL. `texts` keeps the strings where the addresses point.
    texts = headers.to_a.flatten.map { |text| HC.text(text) }
    list = [*texts.map { |text| Fiddle::Pointer[text].to_i }, 0].pack("J*")
    check HC.request(@number, HC.text(method), HC.text(target), list, body, body.to_s.bytesize)
  end

  # Sends what the block gives, called with a size, until it gives nothing.
  def request_from(method, target)
    caught = nil
    types = [Fiddle::TYPE_VOIDP, Fiddle::TYPE_VOIDP, Fiddle::TYPE_SIZE_T]
    fill = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_INT64_T, types) do |_, buffer, capacity|
      block = yield(capacity) || ""
      buffer[0, block.bytesize] = block
      block.bytesize
    rescue Exception => e
      caught = e
      -1000
    end
    begin
      check HC.request_callback(@number, HC.text(method), HC.text(target), nil, fill, nil,
                                HC::LENGTH_UNKNOWN)
    rescue Failure => e
      raise e, cause: caught
    end
  end

  def getresponse
    code, number = Handle.make { |out| HC.getresponse(@number, out) }
    check code
    Response.new(number)
  end
end

class Response < Handle
  def initialize(number) = @number = number
  def free = HC.response_free(@number)
  def error(memory) = HC.response_error_detail(@number, memory)
  def status = HC.response_status(@number)

  def reason
    length = HC.room(1)
    HC.response_reason(@number, length)[0, length.unpack1("J")]
  end

  def headers
    Array.new(HC.response_header_count(@number)) do |index|
      outs = Array.new(4) { HC.room(1) }
      check HC.response_header_at(@number, index, *outs)
      name, name_len, value, value_len = outs.map { |out| out.unpack1("J") }
      [HC.bytes(name, name_len), HC.bytes(value, value_len)]
    end
  end

  def header(name)
    length = HC.room(1)
    found = HC.response_getheader(@number, HC.text(name), length)
    found.null? ? nil : found[0, length.unpack1("J")]
  end

  def read(size)
    buffer = "\0".b * size
    count = HC.room(1)
    check HC.response_read(@number, buffer, size, count)
    buffer[0, count.unpack1("J")]
  end

  # The body in pieces of `size` bytes; the last one may be shorter.
  def pieces(size)
    pieces = []
    loop do
      piece = read(size)
      return pieces if piece.empty?

      pieces << piece
    end
  end
end

# --- The probe ------------------------------------------------------------------------------------

def expect(what, actual, wanted)
  abort "ruby: #{what} is #{actual.inspect}, not #{wanted.inspect}" if actual != wanted
end

def failure_of(what)
  yield
  abort "ruby: #{what} did not fail"
rescue Failure => e
  puts "#{what}: #{e.message}"
  e
end

def a_get(port)
  Connection.new("127.0.0.1", port).use do |conn|
    conn.request("GET", "/headers/3", { "X-From" => "Ruby" })
    conn.getresponse.use do |response|
      expect "status", [response.status, response.reason], [200, "OK"]
      headers = response.headers
      puts "GET: #{response.status} #{response.reason}, #{headers.size} headers"
      expect "a header by index", headers.include?(["X-Field-2", "value 2"]), true
      expect "a header by name", response.header("x-field-3"), "value 3"
      expect "a header that is not there", response.header("X-None"), nil
      response.pieces(100)
    end
    # The same connection again: a body larger than the pieces it is read in.
    conn.request("GET", "/bytes/10000")
    conn.getresponse.use do |response|
      pieces = response.pieces(4096)
      expect "the body", pieces.join.bytes, (0...10_000).map { |i| i % 251 }
      puts "body: #{pieces.sum(&:bytesize)} bytes in #{pieces.size} pieces"
    end
  end
end

def callbacks(port)
  Connection.new("127.0.0.1", port).use do |conn|
    events = []
    busy = []
    conn.trace do |event, data|
      events << [event, data]
      # The connection is busy until the callback returns.
      busy << HC.conn_close(conn.number)
    end
    blocks = ["one ", "two ", "three"]
    conn.request_from("POST", "/echo") { blocks.shift }
    conn.getresponse.use do |response|
      body = response.pieces(4096).join
      expect "what the callback sent", body.end_with?("\n\none two three"), true
    end
    sent = events.filter_map { |event, data| data if event == HC::TRACE_SEND }.join
    expect "the traced request line", sent.start_with?("POST /echo HTTP/1.1\r\n"), true
    expect "heads traced", events.count { |event, _| event == HC::TRACE_HEAD }, 1
    expect "calls from a callback", busy.uniq, [HC::ERR_BUSY]
    puts "callbacks: a body in 3 blocks; #{events.size} events traced"

    failure = failure_of("failing callback") do
      conn.request_from("POST", "/echo") { raise KeyError, "no more" }
    end
    expect "its code", failure.code, HC::ERR_TRANSPORT
    expect "its own number", failure.os_error, -1000
    expect "its cause", failure.cause.class, KeyError
  end
end

def refused
  # A port that is bound and not listened on refuses, and nobody else can get it meanwhile.
  bound = Socket.new(:INET, :STREAM)
  bound.bind(Addrinfo.tcp("127.0.0.1", 0))
  Connection.new("127.0.0.1", bound.local_address.ip_port).use do |conn|
    failure = failure_of("refused") { conn.request("GET", "/") }
    expect "its code", failure.code, HC::ERR_CONNECTION_REFUSED
    expect "its name", failure.name, "HC_ERR_CONNECTION_REFUSED"
    expect "its family", [failure.isa?(HC::ERR_OS), failure.isa?(HC::ERR_HTTP)], [true, false]
    expect "its errno", failure.os_error, Errno::ECONNREFUSED::Errno
    expect "its retry", failure.retry, HC::RETRY_NOT_SENT
  end
ensure
  bound&.close
end

def bad_answers(script_port)
  Connection.new("127.0.0.1", script_port).use do |conn|
    conn.request("GET", "/")
    conn.getresponse.use do |response|
      expect "what came before the cut", response.read(100), "x" * 60
      failure = failure_of("cut body") { response.read(100) }
      expect "its code", failure.code, HC::ERR_INCOMPLETE_READ
      expect "received and expected", [failure.received, failure.expected], [60, 40]
      expect "its retry", failure.retry, HC::RETRY_RESPONSE_STARTED
    end
  end
  Connection.new("127.0.0.1", script_port).use do |conn|
    conn.request("GET", "/")
    failure = failure_of("not HTTP") { conn.getresponse }
    expect "its code", failure.code, HC::ERR_BAD_STATUS_LINE
    expect "its line, NUL and all", failure.line, "SPAM\0EGGS\r\n"
  end
end

def handles
  conn = Connection.new("127.0.0.1", 80)
  expect "detail without a size", conn.error("\0".b * HC::DETAIL_SIZE), HC::ERR_INVALID_ARGUMENT
  expect "the first free", conn.free, HC::OK
  expect "the second free", conn.free, HC::ERR_INVALID_HANDLE
  expect "a request on it", HC.request(conn.number, "GET", "/", nil, nil, 0), HC::ERR_INVALID_HANDLE
  expect "another number", HC.conn_free(0x123450), HC::ERR_INVALID_HANDLE
  begin
    conn.request("GET", "/", { "X-Cut" => "short\0ened" })
    abort "ruby: a text with a NUL was taken"
  rescue ArgumentError
    # as it should be
  end
  puts "handles: a freed one and a foreign one are refused"
end

def https(port, ca_file)
  Connection.new("127.0.0.1", port, tls: true).use do |conn|
    failure = failure_of("unknown CA") { conn.connect }
    expect "its code", failure.code, HC::ERR_TLS_UNKNOWN_ISSUER
    expect "its family", failure.isa?(HC::ERR_TLS_CERTIFICATE), true
  end

  failure = failure_of("missing CA file") { TlsBuilder.trust("#{ca_file}.none") }
  expect "its code", failure.code, HC::ERR_TLS_CONFIG
  expect "its errno", failure.os_error, Errno::ENOENT::Errno

  config = TlsBuilder.trust(ca_file)
  Connection.new("127.0.0.1", port, tls: true, config: config).use do |conn|
    # The connection has its own share of the configuration.
    expect "freeing the configuration", HC.tls_config_free(config), HC::OK
    conn.request("GET", "/bytes/1000")
    conn.getresponse.use do |response|
      expect "status over TLS", response.status, 200
      body = response.pieces(300).join
      expect "the body over TLS", body.bytesize, 1000
      puts "HTTPS: #{response.status}, #{body.bytesize} bytes, by our own CA"
    end
  end
end

http_port, https_port, script_port = ARGV[1, 3].map(&:to_i)
puts "httpclient #{HC.version_string} by fiddle"
a_get(http_port)
callbacks(http_port)
refused
bad_answers(script_port)
handles
https(https_port, ARGV[4])
