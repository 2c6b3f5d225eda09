package sockapi

// NotAccepted returns how many connections a listening socket keeps events for.
func (s *Socket) NotAccepted() int { return len(s.events.accepted) }

// Fed tells whether anything was made for events of the socket.
func (s *Socket) Fed() bool { return s.events != nil }
