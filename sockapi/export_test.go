package sockapi

// NotAccepted returns how many connections a listening socket keeps events for.
func (s *Socket) NotAccepted() int { return len(s.events.accepted) }
