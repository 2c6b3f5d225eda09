package sockapi

import (
	"errors"
	"fmt"

	"mpsim/model/tcp"
)

// Errno is the reason why a call failed, named as in errno(3).
type Errno uint8

// Errors of the API. The comment names the calls that return them.
const (
	ECONNREFUSED    Errno = iota + 1 // Dial: the peer answered with a RST
	ETIMEDOUT                        // any: retransmissions, keepalive or user timeout used up
	ECONNRESET                       // any: the peer reset the connection
	ECONNABORTED                     // Err: this side aborted it
	EPIPE                            // Write, Transmit: this side has closed its direction
	EADDRINUSE                       // Listen: the port is taken; Dial: no free port
	ENETUNREACH                      // Dial: no route to the address
	EAGAIN                           // any: the deadline passed
	EBADF                            // any: the socket was closed by this side
	EINVAL                           // any: an argument is out of its range
	EINPROGRESS                      // Socket.Connect: the handshake goes on meanwhile
	EALREADY                         // Socket.Connect: an earlier call's handshake goes on
	EISCONN                          // Socket.Connect: it is connected
	ENOTCONN                         // Socket.Recv, Shutdown: it is not connected
	EDESTADDRREQ                     // Socket.Send: Fast Open without an address
	EOPNOTSUPP                       // Socket: the call does not fit the socket
	ENOPROTOOPT                      // Socket.SetOption: the option is not known here
	EADDRNOTAVAIL                    // Socket.Bind: the address is not the host's
	EFAULT                           // Socket.Send, Recv: no buffer
	EHOSTUNREACH                     // Socket: no way to the host
	EPROTONOSUPPORT                  // socket: the protocol does not go with the type
	EMFILE                           // file descriptors: all are taken
)

var errnoText = [...]struct{ name, text string }{
	ECONNREFUSED: {"ECONNREFUSED", "connection refused"},
	ETIMEDOUT:    {"ETIMEDOUT", "connection timed out"},
	ECONNRESET:   {"ECONNRESET", "connection reset by peer"},
	ECONNABORTED: {"ECONNABORTED", "connection aborted"},
	EPIPE:        {"EPIPE", "broken pipe"},
	EADDRINUSE:   {"EADDRINUSE", "address already in use"},
	ENETUNREACH:  {"ENETUNREACH", "network is unreachable"},
	EAGAIN:       {"EAGAIN", "deadline passed"},
	EBADF:        {"EBADF", "socket is closed"},
	EINVAL:       {"EINVAL", "invalid argument"},

	EINPROGRESS:     {"EINPROGRESS", "operation now in progress"},
	EALREADY:        {"EALREADY", "operation already in progress"},
	EISCONN:         {"EISCONN", "socket is connected"},
	ENOTCONN:        {"ENOTCONN", "socket is not connected"},
	EDESTADDRREQ:    {"EDESTADDRREQ", "destination address required"},
	EOPNOTSUPP:      {"EOPNOTSUPP", "operation not supported"},
	ENOPROTOOPT:     {"ENOPROTOOPT", "protocol option not available"},
	EADDRNOTAVAIL:   {"EADDRNOTAVAIL", "address not available"},
	EFAULT:          {"EFAULT", "bad address"},
	EHOSTUNREACH:    {"EHOSTUNREACH", "no route to host"},
	EPROTONOSUPPORT: {"EPROTONOSUPPORT", "protocol not supported"},
	EMFILE:          {"EMFILE", "too many open files"},
}

// Name returns the constant's name.
func (e Errno) Name() string { return errnoText[e].name }

// Error returns the text of the error, with its name.
func (e Errno) Error() string { return errnoText[e].text + " (" + errnoText[e].name + ")" }

// errnoOf gives a transport's error its number.
func errnoOf(err error) error {
	switch {
	case errors.Is(err, tcp.ErrRefused):
		return ECONNREFUSED
	case errors.Is(err, tcp.ErrReset):
		return ECONNRESET
	case errors.Is(err, tcp.ErrTimeout):
		return ETIMEDOUT
	case errors.Is(err, tcp.ErrAborted):
		return ECONNABORTED
	case errors.Is(err, tcp.ErrNetUnreachable):
		return ENETUNREACH
	case errors.Is(err, tcp.ErrHostUnreachable):
		return EHOSTUNREACH
	case errors.Is(err, tcp.ErrProtocol):
		return ENOPROTOOPT
	}
	return err
}

// dialError gives the error of a connection that could not even be tried its number.
func dialError(err error) error {
	e := ENETUNREACH
	if errors.Is(err, tcp.ErrNoPort) {
		e = EADDRINUSE
	}
	return fmt.Errorf("%w: %w", e, err)
}

// CorruptError tells that an application read octets that its peer did not send there.
type CorruptError struct {
	Stream, GotStream uint32 // content streams
	Want, Got         uint64 // octet positions
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("stream is corrupt: expected octet %d of stream %d, read octet %d of stream %d",
		e.Want, e.Stream, e.Got, e.GotStream)
}
