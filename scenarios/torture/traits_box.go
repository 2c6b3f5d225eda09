package torture

import "mpsim/scenarios/spec"

// boxTraits adds what a middlebox may do to connections.
func (t *traits) boxTraits(m *spec.Middlebox) {
	t.splits = t.splits || m.Kind == spec.KindSplitter
	t.corrupts = t.corrupts || m.Kind == spec.KindCorrupter
	switch m.Kind {
	case spec.KindSplitter, spec.KindSequenceRewriter, spec.KindWindowLimiter, spec.KindDuplicator:
		return // connections live with these
	case spec.KindDataInjector:
		if m.Knows == spec.KnowsNothing {
			return // sequence numbers cannot be guessed (RFC 5961)
		}
		t.rewrites, t.mends = true, true
	case spec.KindJoinGuesser, spec.KindJoinFlooder:
		if m.Knows != spec.KnowsAll {
			return // nor can HMACs (RFC 8684 section 5)
		}
		t.stolen = true
	case spec.KindAddressHijacker:
		t.stolen = true
	case spec.KindJoinReplayer:
		return // the nonce of the other end is another one (RFC 8684 section 3.2)
	case spec.KindCoalescer:
		// A mapping that is lost with its option makes Linux reset the subflow, and not every host opens
		// another one.
		t.harsh = true
		return
	case spec.KindOptionRemover:
		// Without the options of MPTCP a connection falls back (RFC 8684 section 3.7).
		all := len(m.Options) == 1 && m.Options[0] == "mptcp"
		if m.How != spec.HowDrop && m.Every <= 1 && all && m.On != spec.OnData {
			return
		}
	case spec.KindPayloadRewriter, spec.KindCorrupter, spec.KindStudy2011, spec.KindProxy:
		t.rewrites = true
		t.shortens = t.shortens ||
			m.Kind == spec.KindPayloadRewriter && len(m.Replace) < max(int(m.Remove), len(m.Find)) ||
			m.Kind == spec.KindCorrupter && m.What == "length" // it promises octets that never come
		t.mends = t.mends || m.Checksum == spec.Fix || m.Kind == spec.KindProxy
	}
	t.harsh, t.heals = true, false
}
