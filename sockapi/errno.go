package sockapi

import (
	"errors"

	"mpsim/model/tcp"
)

// Errno is the reason why a call failed, named as in errno(3).
type Errno uint8

// Errors of the API. The comment names the calls that return them.
const (
	ECONNREFUSED Errno = iota + 1 // Dial: the peer answered with a RST
	ETIMEDOUT                     // any: retransmissions, keepalive or user timeout used up
	ECONNRESET                    // any: the peer reset the connection
	ECONNABORTED                  // any: this side aborted it
	EPIPE                         // Write after CloseWrite or Close, or after the peer is gone
	EADDRINUSE                    // Listen: the port is taken; Dial: no free port
	ENETUNREACH                   // Dial: no route to the address
	EAGAIN                        // any: the deadline passed
	EBADF                         // any: the socket was closed by this side
	EINVAL                        // any: an argument is out of its range
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
}

// Name returns the constant's name.
func (e Errno) Name() string { return errnoText[e].name }

// Error returns the text of the error, with its name.
func (e Errno) Error() string { return errnoText[e].text + " (" + errnoText[e].name + ")" }

// CorruptError tells that an application read octets that its peer did not send there.
type CorruptError struct {
	Stream, GotStream uint32 // content streams
	Want, Got         uint64 // octet positions
}

func (e *CorruptError) Error() string {
	return "stream is corrupt: expected octet " + decimal(e.Want) + " of stream " + decimal(uint64(e.Stream)) +
		", read octet " + decimal(e.Got) + " of stream " + decimal(uint64(e.GotStream))
}
