package mptcp

// NumTokens returns the number of the host's tokens in use (RFC 8684 section 3.1): none when every
// connection has ended.
func (s *Stack) NumTokens() int { return len(s.tokens.conns) }
