package tcp

import "mpsim/sim"

// Linux looks at the send buffer when it begins a new packet buffer, and then fills that one to its end
// (tcp_sendmsg_locked, tcp_xmit_size_goal of 6.18): a write takes more than SO_SNDBUF has room for. What a
// packet buffer holds is what segmentation offload would take at once. The memory that the kernel needs
// beside the octets is not counted.

// SetPacketBuffers makes the streams' Write take octets as Linux does. It is off at first: the send buffer
// then holds as many octets as it is large. Scripts written for Linux need it.
func (s *Stack) SetPacketBuffers(on bool) { s.packets = on }

// offloadMost is the most that segmentation offload takes, octets (GSO_LEGACY_MAX_SIZE less 1 and
// MAX_TCP_HEADER).
const offloadMost = 65536 - 1 - 320

// packetGoal returns the octets of a packet buffer: whole segments, at most half of the largest window seen.
func (s *Stream) packetGoal() int64 {
	mss, most := s.e.MSS(), int64(offloadMost)
	if w := s.e.snd.maxWnd; w > defaultMSS {
		most = min(most, w/2)
	}
	return max(most/mss, 1) * mss
}

// packetSpace returns the octets that the last packet buffer has room for, or a new one if the send buffer
// admits it. fresh tells that it is a new one.
func (s *Stream) packetSpace() (n int64, fresh bool) {
	if s.writeClosed || s.e == nil {
		return 0, false
	}
	b := &s.snd
	if b.end > b.nxt { // what has not been sent ends in a packet buffer that can be filled
		if room := s.packetGoal() - int64(b.end-max(s.tailAt, b.nxt)); room > 0 {
			return room, false
		}
	}
	if b.Space() <= 0 || s.lowat > 0 && b.Unsent() >= s.lowat {
		return 0, false
	}
	return s.packetGoal(), true
}

// writePackets is Write into packet buffers: a full one goes its way before the next begins.
func (s *Stream) writePackets(now sim.Time, p []byte) int {
	total := 0
	more := s.more
	s.took = true
	for {
		room, fresh := s.packetSpace()
		n := min(int64(len(p)-total), room)
		if n <= 0 {
			break
		}
		if fresh {
			s.tailAt = s.snd.end
		}
		pos := s.snd.Queue(n)
		s.s.net.Contents().AppendBytes(s.snd.Stream(), pos, p[total:total+int(n)])
		total += int(n)
		if total < len(p) {
			s.more = true
			s.queued(now)
			s.more = more
		}
	}
	s.took = total == len(p)
	s.queued(now)
	return total
}
