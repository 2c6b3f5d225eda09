package drill

import "mpsim/sockapi/drill/pkt"

// errorQueue is recvmsg with MSG_ERRQUEUE: the completions of sends with MSG_ZEROCOPY are what the queue can
// hold here. Of a message that the script does not describe nothing is compared.
func (r *runner) errorQueue(f *file, header *pkt.Expr) answer {
	c, err := f.sock.ErrorQueue()
	if err != nil {
		return outcome(err)
	}
	if header == nil {
		return answer{}
	}
	list := field(header, "msg_control")
	if list == nil || list.Kind != pkt.List {
		return answer{}
	}
	if len(list.Args) != 1 {
		return answer{note: "the error queue has a completion of the calls " + decimal(int64(c.First)) + " to " +
			decimal(int64(c.Last)) + ", the script expects another number of messages"}
	}
	data := field(list.Args[0], "cmsg_data")
	if data == nil || data.Kind != pkt.Struct {
		return answer{}
	}
	for _, x := range []struct {
		name string
		got  int64
	}{{"ee_errno", 0}, {"ee_origin", constants["SO_EE_ORIGIN_ZEROCOPY"]}, {"ee_type", 0},
		{"ee_code", constants["SO_EE_CODE_ZEROCOPY_COPIED"]}, {"ee_info", int64(c.First)},
		{"ee_data", int64(c.Last)}} {
		want := field(data, x.name)
		if want == nil || want.Kind == pkt.Ellipsis {
			continue
		}
		if n := r.number(want); n != x.got {
			return answer{note: x.name + " is " + decimal(x.got) + " instead of " + decimal(n)}
		}
	}
	return answer{}
}
